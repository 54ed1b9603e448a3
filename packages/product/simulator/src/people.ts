import { Endpoint, type EndpointEvent, type EndpointOptions, type Plan } from '@sotto/endpoint';
import { Person, type PersonEvent, type PersonOptions } from '@sotto/messaging';
import type { VirtualNetwork } from './virtual-network.ts';

/** Adds a person under a plan, or starts one again that was stopped; `rules` and `clock` are for tests of them. */
export const addPerson = (
  network: VirtualNetwork<PersonEvent>,
  name: string,
  plan: Plan,
  changes: Pick<PersonOptions, 'rules' | 'clock' | 'secondMailbox'> = {},
): Person =>
  network.addClient(
    name,
    ({ suite, rng, parameters, stored }) =>
      new Person({ suite, rng, parameters, plan, stored, ...changes }),
  );

/** Adds a bare endpoint, for tests below sealing. */
export const addEndpoint = (
  network: VirtualNetwork<EndpointEvent>,
  name: string,
  plan: Plan,
  changes: Pick<EndpointOptions, 'rules' | 'clock' | 'limits'> = {},
): Endpoint =>
  network.addClient(
    name,
    ({ suite, rng, parameters, stored }) =>
      new Endpoint({ suite, rng, parameters, plan, state: stored, ...changes }),
  );
