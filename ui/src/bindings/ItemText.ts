export type ItemText = { item: string, quantity: string, price: string, };
