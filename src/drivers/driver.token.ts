/** Injection token of the one {@link Driver} that this Bay runs on. */
export const DRIVER = Symbol('Driver');
