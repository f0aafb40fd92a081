// The bells of syncs: one rings as a run gets on, for whoever watches; one when a run is to stop.
export const progressBell = 'sundog_sync';
export const stopBell = 'sundog_sync_stop';
