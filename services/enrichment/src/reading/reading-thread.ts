// The entry of a reading thread: warms its code, then serves.
import { parentPort } from 'node:worker_threads'
import { serveTasks } from './serve-tasks.ts'
import { warmUp } from './warm-up.ts'

if (parentPort === null) throw new Error('this module is the entry of a thread')
warmUp()
serveTasks(parentPort)
