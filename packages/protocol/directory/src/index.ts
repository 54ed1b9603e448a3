/** Who is in the network: parameters, epochs, layers, signed descriptors, a node's list and a client's view of it. @module */
export { type AddressFault, MAX_ADDRESS_BYTES } from './address.ts';
export { balancedIdentities, type Identity, identityOf } from './balanced-identities.ts';
export { type Capabilities, capabilityBits, readCapabilities } from './capabilities.ts';
export {
  ClientView,
  COVERAGE_SHARE,
  type OfferCode,
  type OfferRefusal,
  type OfferSummary,
} from './client-view.ts';
export {
  decodeDescriptor,
  type Descriptor,
  DESCRIPTOR_SUITE,
  DESCRIPTOR_VERSION,
  type DescriptorCode,
  type DescriptorFields,
  encodeDescriptor,
  isFarewell,
  MAX_ADDRESSES,
  signDescriptor,
  verifyDescriptor,
} from './descriptor.ts';
export { DescriptorRules, type RuleCode } from './descriptor-rules.ts';
export { Directory, type DirectoryAnswer, type DirectoryCode, type Verdict } from './directory.ts';
export { acceptedEpochs, epochAt, epochStart, nextEpochChange } from './epochs.ts';
export {
  decodeProof,
  encodeProof,
  type EquivocationProof,
  equivocationProof,
  PROOF_KIND,
  type ProofCode,
  verifyProof,
} from './equivocation-proof.ts';
export { type NodeEntry, nodeEntry } from './node-entry.ts';
export { type Layer, layerOf, NODE_NAME_BYTES, nodeName } from './node-identity.ts';
export {
  checkParameters,
  DEFAULT_PARAMETERS,
  DESCRIPTOR_LIMIT_BYTES,
  encodeParameters,
  HORIZON_LIMIT,
  NETWORK_ID_BYTES,
  networkId,
  type NetworkParameters,
} from './parameters.ts';
export { isLowOrder, LOW_ORDER_POINTS } from './point-checks.ts';
export { QUORUM, SNAPSHOTS_HELD } from './snapshots.ts';
