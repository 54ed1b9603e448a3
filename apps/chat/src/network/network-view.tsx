import type { Client } from '@sotto/client';
import type { NetworkPicture } from '@sotto/node/network-picture';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import './network.css';
import { Layers } from './layers.tsx';
import { PoolCard, StateCard } from './network-cards.tsx';
import { NodeDetail } from './node-detail.tsx';
import { DataCard, LatencyCard, type PublicRates, SlotsCard } from './own-cards.tsx';
import { OwnFeed, type OwnState } from './own-feed.ts';
import { PictureFeed } from './picture-feed.ts';
import { publicRates } from './public-rates.ts';
import type { Sample } from './samples.ts';

/** One for the page, so that what was seen of the network is still there when one comes back to it. */
const pictures = new PictureFeed();

/** The network to look at; `client` is the viewer's own. */
export function NetworkView(props: { readonly client: Client }): JSX.Element {
  const own = useMemo(() => new OwnFeed(props.client), [props.client]);
  const [rates, setRates] = useState<PublicRates>();
  useEffect(() => pictures.start(), []);
  useEffect(() => own.start(), [own]);
  useEffect(() => {
    // Without them the curve is missing, and the picture says by itself that the server is gone.
    publicRates().then(setRates, () => undefined);
  }, []);
  const state = pictures.state.value;
  const picture = 'picture' in state ? state.picture : undefined;
  const mine = own.state.value;
  return (
    <div class="net">
      <div class="net-grid">
        {state.kind === 'none' && (
          <p class="net-notice">
            This network runs on other machines. Their nodes tell nobody but those who run them how
            they are doing, so there is no picture here; what your own client knows is below.
          </p>
        )}
        {state.kind === 'gone' && (
          <p class="net-notice net-notice-warn" role="status">
            The program that serves this page does not answer.{' '}
            {picture === undefined
              ? 'Is the network stopped?'
              : 'This is the last picture that came.'}
          </p>
        )}
        {state.kind === 'loading' && <p class="net-notice">Asking the nodes…</p>}
        {picture !== undefined && (
          <Network picture={picture} samples={pictures.samples.value} own={mine} />
        )}
        {picture !== undefined && (
          <div class="net-cards">
            <StateCard picture={picture} own={mine} />
            <PoolCard samples={pictures.samples.value} />
          </div>
        )}
        {mine !== undefined && (
          <section class="net-own-figures" aria-labelledby="net-own-title">
            <h2 id="net-own-title">
              Yours <span class="net-note">only you can see this</span>
            </h2>
            <div class="net-cards">
              <SlotsCard own={mine} />
              <LatencyCard own={mine} rates={rates} />
              <DataCard own={mine} />
            </div>
          </section>
        )}
      </div>
    </div>
  );
}

function Network(props: {
  readonly picture: NetworkPicture;
  readonly samples: readonly Sample[];
  readonly own: OwnState | undefined;
}): JSX.Element {
  const { picture, samples, own } = props;
  const [showOwn, setShowOwn] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const sample = samples.at(-1);
  const node = picture.nodes.find(({ label }) => label === chosen);
  return (
    <section class="net-picture" aria-label="The network">
      <p class="net-lead">
        Each disc is a machine; its fill is how many packets it holds back just now. Every packet
        goes through all three layers, then through the first two again.
      </p>
      <Layers
        picture={picture}
        sample={sample}
        ownGuard={own?.status.guard}
        showOwn={showOwn}
        chosen={chosen}
        onChoose={setChosen}
      />
      {node !== undefined && (
        <NodeDetail
          node={node}
          sample={chosen === undefined ? undefined : sample?.nodes.get(chosen)}
        />
      )}
      <label class="net-switch">
        <input
          type="checkbox"
          role="switch"
          checked={showOwn}
          onChange={(event) => setShowOwn(event.currentTarget.checked)}
        />
        <span>
          Show my place <span class="net-note">only you can see this</span>
        </span>
      </label>
      {showOwn && (
        <p class="net-note">
          {own?.status.guard === undefined
            ? 'Your client has no guard just now. '
            : 'Your guard takes every packet of yours and knows who you are, not to whom you write. '}
          The mixes behind it are drawn for each packet, so no way is shown: nobody shall follow
          one, here either.
        </p>
      )}
    </section>
  );
}
