/** Owns the sink of carriers whose consumer is not attached yet or gone. */
import type { CarrierSink } from './carrier.ts'

/** Drops everything. */
export const IDLE_CARRIER_SINK: CarrierSink = { message() {}, drained() {}, closed() {} }
