// fast-check with one seed for all, so that what fails fails again; SUNDOG_FUZZ_SEED names another, to look for what
// nobody has met.
import fc from 'fast-check';

const named = process.env.SUNDOG_FUZZ_SEED ?? '7610';
const seed = Number(named);
if (!Number.isInteger(seed)) throw new Error(`SUNDOG_FUZZ_SEED is a whole number, not ${named}`);
fc.configureGlobal({ seed });

export default fc;
