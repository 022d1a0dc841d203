/** What is put on paper beside the panel: the map as a picture, taken just before printing. */
export const paper: { map: string | null } = $state({ map: null });
