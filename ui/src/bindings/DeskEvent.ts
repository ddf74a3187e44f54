export type DeskEvent = { "what": "change", change_id: string, } | { "what": "payment", payment_id: string, } | { "what": "desk" } | { "what": "everything" };
