// At most one read per key at a time, shared by all who ask meanwhile; a cap on reads, a cap on those who wait for one. What a read brings is
// the business of the read itself: it goes on when nobody waits any more.
import { SourceFault } from './source.ts'

export interface SingleFlight<T> {
  /** The read that is under way for the key, or the one `begin` starts. Throws SourceFault `source_busy` over a cap. */
  join(key: string, begin: () => Promise<T>): Promise<T>
  /** Whoever asks from now on starts anew, whatever the key. */
  detachAll(): void
}

interface Flight<T> {
  readonly landed: Promise<T>
  passengers: number
}

export function createSingleFlight<T>({ maxFlights, maxPassengers }: { readonly maxFlights: number; readonly maxPassengers: number }): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>()
  // Counted apart from the map: a detached read still holds its connection.
  let flying = 0
  return {
    join(key, begin) {
      const current = flights.get(key)
      if (current !== undefined) {
        if (current.passengers >= maxPassengers) throw new SourceFault('source_busy', 'nothing', 'too many wait for this subject')
        current.passengers += 1
        return current.landed
      }
      if (flying >= maxFlights) throw new SourceFault('source_busy', 'nothing', 'too many reads are under way')
      flying += 1
      const flight: Flight<T> = {
        passengers: 1,
        landed: begin().finally(() => {
          flying -= 1
          if (flights.get(key) === flight) flights.delete(key)
        }),
      }
      flights.set(key, flight)
      // Those who wait see a failure; without any it is no unhandled rejection.
      flight.landed.catch(() => {})
      return flight.landed
    },
    detachAll() {
      flights.clear()
    },
  }
}
