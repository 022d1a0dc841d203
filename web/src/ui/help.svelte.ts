/** Whether the words are being explained. */
export const help: { open: boolean } = $state({ open: false });
