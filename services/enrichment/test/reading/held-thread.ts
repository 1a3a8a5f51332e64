// A reading thread that does nothing until its gate is opened: a thread in the middle of a large body, for as long as a test needs it.
import { parentPort, workerData } from 'node:worker_threads'
import { serveTasks } from '../../src/reading/serve-tasks.ts'

const gate: unknown = workerData
if (!(gate instanceof SharedArrayBuffer) || parentPort === null) throw new TypeError('workerData: the gate')
Atomics.wait(new Int32Array(gate), 0, 0)
serveTasks(parentPort)
