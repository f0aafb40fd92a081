// Time is an argument: what asks for the time takes a clock, so that a test can hold it still.
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
