import type { CryptoSuite } from '@sotto/suite';
import { equalBytes, err, type Instant, type Result } from '@sotto/wire';
import { decodeDescriptor, type Descriptor, type DescriptorCode } from './descriptor.ts';
import { epochAt } from './epochs.ts';
import { checkParameters, networkId, type NetworkParameters } from './parameters.ts';

/** Why a well-formed descriptor does not belong here and now (Spec 07 §4.4). */
export type RuleCode = DescriptorCode | 'network' | 'first-epoch' | 'future' | 'expired';

/**
 * The checks of one network on a descriptor (Spec 07 §4.3, §4.4), all but the signature.
 * Node and client judge by the same rules, or a descriptor would split their views.
 */
export class DescriptorRules {
  readonly parameters: NetworkParameters;
  readonly networkId: Uint8Array;

  /** @throws as `checkParameters`. */
  constructor(suite: CryptoSuite, parameters: NetworkParameters) {
    this.parameters = checkParameters(parameters);
    this.networkId = networkId(suite, this.parameters);
  }

  /** Reads any bytes; what comes back is not expired, not from the future, and of this network. Not yet verified. */
  read(now: Instant, bytes: Uint8Array): Result<Descriptor, { readonly code: RuleCode }> {
    const read = this.readOfAnyAge(now, bytes);
    return read.ok && read.value.expiresAt <= now ? err({ code: 'expired' }) : read;
  }

  /** As {@link DescriptorRules.read}, but an expired descriptor passes: one half of a proof may be that old. */
  readOfAnyAge(now: Instant, bytes: Uint8Array): Result<Descriptor, { readonly code: RuleCode }> {
    const { maxDescriptorBytes, descriptorLifeMicros, horizonEpochs, clockSkewMicros } =
      this.parameters;
    if (bytes.length > maxDescriptorBytes) return err({ code: 'length' });
    const read = decodeDescriptor(bytes);
    if (!read.ok) return read;
    const { issuedAt, expiresAt, firstEpoch, routingKeys } = read.value;
    if (!equalBytes(read.value.networkId, this.networkId)) return err({ code: 'network' });
    if (expiresAt - issuedAt > descriptorLifeMicros) return err({ code: 'lifetime' });
    if (routingKeys.length > horizonEpochs + 1) return err({ code: 'key-count' });
    if (firstEpoch !== epochAt(this.parameters, issuedAt)) return err({ code: 'first-epoch' });
    if (issuedAt > now + clockSkewMicros) return err({ code: 'future' });
    return read;
  }

  /**
   * Until when a version must be remembered: while an earlier one, by whoever kept it, could still
   * pass for current. Every earlier version was issued before this one, so it expires before this.
   */
  rememberUntil(descriptor: Descriptor): number {
    return descriptor.issuedAt + this.parameters.descriptorLifeMicros;
  }
}
