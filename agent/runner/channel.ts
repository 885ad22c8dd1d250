/**
 * The file descriptor by which the process of an action writes its messages; what it prints goes another way. High,
 * because Bun has its own on the low ones.
 */
export const channel = 99;
