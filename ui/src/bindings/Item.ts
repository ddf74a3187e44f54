export type Item = { item: string, quantity: string, price: string, };
