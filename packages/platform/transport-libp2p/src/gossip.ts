import { type GossipSub, gossipsub, StrictNoSign, TopicValidatorResult } from '@libp2p/gossipsub';
import { createTopicScoreParams, type TopicScoreParams } from '@libp2p/gossipsub/score';
import type { PeerId } from '@libp2p/interface';
import { concat, toUtf8 } from '@sotto/wire';
import type { Counters, GossipHandler, GossipVerdict, TransportLimits } from '@sotto/transport';
import { keyOf } from './identity.ts';
import type { Gossip } from './libp2p-host.ts';

/** What gossip needs to know. */
export interface GossipOptions {
  /** Bounds; `maxGossipBytes` is used. */
  readonly limits: TransportLimits;
  /**
   * Topics to allow and score. Empty: any topic, and rejected messages cost their sender nothing.
   */
  readonly topics: readonly string[];
  /** All peers on one address: no penalty for sharing it. */
  readonly localNetwork: boolean;
}

/**
 * Scores only what a peer does wrong: squared count of rejected messages, falling to a third in
 * 11 s; the third in a row is heard no more for a while. Deliveries earn nothing, since a topic
 * may be silent for hours and must not turn honest neighbours into bad ones.
 */
const topicScore: TopicScoreParams = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0,
  firstMessageDeliveriesWeight: 0,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.9,
});

/**
 * Name of a message, Spec 10 §5: SHA-256 of u8 topic length ‖ topic ‖ data. No author and no
 * counter are in a message: descriptors sign themselves, and one and the same from two peers is one.
 */
async function messageId(topic: string, data: Uint8Array): Promise<Uint8Array> {
  const name = toUtf8(topic);
  const hashed = concat(Uint8Array.of(name.length), name, data);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(hashed)));
}

/** The gossip service of a libp2p node. */
export function gossipService({
  limits,
  topics,
  localNetwork,
}: GossipOptions): ReturnType<typeof gossipsub> {
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: (message) => messageId(message.topic, message.data),
    emitSelf: false,
    fallbackToFloodsub: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    doPX: false,
    // One RPC may carry several messages; longer ones end the stream before they are decoded.
    maxInboundDataLength: 64 * limits.maxGossipBytes,
    maxOutboundBufferSize: 256 * limits.maxGossipBytes,
    maxTopicBytesPerPeer: 64 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 64,
      maxMessages: 64,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 16,
    },
    ...(topics.length > 0 ? { allowedTopics: [...topics] } : {}),
    scoreParams: {
      topics: Object.fromEntries(topics.map((topic) => [topic, topicScore])),
      // On one address every node has more than ten peers there: with the penalty the mesh stays empty.
      ...(localNetwork ? { IPColocationFactorWeight: 0 } : {}),
    },
  });
}

const resultOf: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** A running gossip service as the host uses it. */
export function gossipOn(pubsub: GossipSub, limits: TransportLimits, counters: Counters): Gossip {
  const meshPeers: unknown = Reflect.get(pubsub, 'getMeshPeers');
  if (typeof meshPeers !== 'function') {
    throw new TypeError('"pubsub" expected the service of @libp2p/gossipsub 17');
  }
  return {
    subscribe(topic, handler) {
      pubsub.topicValidators.set(topic, (peer, { data }) =>
        judge(peer, data, handler, limits, counters),
      );
      pubsub.subscribe(topic);
    },
    publish: async (topic, bytes) => (await pubsub.publish(topic, bytes)).recipients.length,
    neighbours(topic) {
      const peers: unknown = meshPeers.call(pubsub, topic);
      return Array.isArray(peers) ? peers.length : 0;
    },
  };
}

/** What becomes of a message; it is relayed only when `handler` has accepted it. */
async function judge(
  peer: PeerId,
  data: Uint8Array,
  handler: GossipHandler,
  limits: TransportLimits,
  counters: Counters,
): Promise<TopicValidatorResult> {
  const from = keyOf(peer);
  if (from === undefined || data.length > limits.maxGossipBytes) {
    counters.add(from === undefined ? 'identity-unsupported' : 'gossip-oversized');
    return TopicValidatorResult.Reject;
  }
  let verdict: GossipVerdict;
  try {
    // A copy of its own kind: what arrives is a view into the stream's buffer, which libp2p uses again.
    verdict = await handler(new Uint8Array(data), from);
  } catch (error) {
    // The library would hide it; it is the program's own bug and must be seen.
    queueMicrotask(() => {
      throw error;
    });
    return TopicValidatorResult.Ignore;
  }
  if (verdict !== 'accept') {
    counters.add(verdict === 'reject' ? 'gossip-rejected' : 'gossip-ignored');
  }
  return resultOf[verdict];
}
