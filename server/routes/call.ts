/** What a route's handler is given and gives, by the route table of the wire. */
import type { Context } from 'koa'
import type { SessionRow } from '../stores/sessions.ts'
import type { AnswerOf, BodyOf, ParamsOf, QueryOf, RouteName, Routes } from '../wire/routes.ts'

type AccessOf<N extends RouteName> = Routes[N]['access']

export interface Call<N extends RouteName> {
  readonly ctx: Context
  /** Null only where anyone may call. */
  readonly session: AccessOf<N> extends 'anyone' ? SessionRow | null : SessionRow
  /** The account that is signed in; null where none need be. */
  readonly account: AccessOf<N> extends 'session' | 'stepped-up' ? number : null
  readonly params: ParamsOf<N>
  readonly query: QueryOf<N>
  readonly body: BodyOf<N>
}

/** The live stream answers by itself and gives null. */
export type Handler<N extends RouteName> = (call: Call<N>) => Promise<AnswerOf<N>>
export type Handlers = { readonly [N in RouteName]: Handler<N> }
