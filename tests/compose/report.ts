/** Where `npm run test:compose` leaves vitest's report; not there when the containers could not be run. */
export const COMPOSE_REPORT = '.build/compose-report.json'
