/** The present minute, for clocks on cards; one timer for the whole page. */
export const now = $state({ instant: new Date() });
setInterval(() => { now.instant = new Date(); }, 20_000);
