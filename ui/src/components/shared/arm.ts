/** A confirming button sleeps this long after it appears: about one double click. */
export const ARM_MS = 400;
