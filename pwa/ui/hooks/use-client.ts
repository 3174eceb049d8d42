import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Client } from '../../client/contract/client.ts'

export const ClientContext = createContext<Client | null>(null)

/** The client that the app was given. Throws outside the app. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (client === null) throw new Error('useClient is for components inside the app')
  return client
}
