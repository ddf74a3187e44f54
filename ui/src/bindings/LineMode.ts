export type LineMode = "online" | "down" | "on_purpose" | "sent_elsewhere" | "keyring_closed";
