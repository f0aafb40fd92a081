// An OpenID provider in a process of its own, for benchmarks: says where it is, ends with its parent.
import { aMisbehavingOp } from '#test/servers/misbehaving-op.ts';

const op = await aMisbehavingOp({ now: () => new Date() });
process.send?.({ base: op.base });
process.once('disconnect', () => process.exit());
