import type { JSX } from 'preact';

/** What people look for in a messenger and do not find here, each with its reason in a sentence. */
const ABSENT: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: 'Typing indicators and online dots',
    why: 'They would tell the other side, and whoever watches both, at which moment you are there.',
  },
  {
    what: 'Read receipts',
    why: 'That a message arrived is known, because it must be repeated otherwise; when you looked at it is yours.',
  },
  {
    what: 'Push notifications',
    why: 'They come through one company that would learn which device gets mail, and when.',
  },
  {
    what: 'Links that open, and previews of them',
    why: 'Whoever wrote the link would learn your address and the moment when you read it. Links stay text, to be copied.',
  },
  {
    what: 'Pictures and fonts from elsewhere, and statistics',
    why: 'This page asks nobody but the machine that served it and your guard in the network.',
  },
  {
    what: 'Finding people by number or name',
    why: 'It takes a directory that knows who knows whom. You meet by an invite instead.',
  },
];

/** What Sotto does, what it does not, and why. */
export function About(): JSX.Element {
  return (
    <>
      <section class="card pad">
        <h2>What it does</h2>
        <p>
          Your messages are sealed for your contact alone, and go through six machines that mix them
          with those of others. Your device sends the same whether you write or not. That is why a
          message takes some seconds.
        </p>
        <h2>What it does not</h2>
        <p>
          It does not hide that you use Sotto. It does not help when somebody reads over your
          shoulder or rules your device. The list of machines is not yet protected against one party
          that runs most of them. Nobody outside has reviewed it.
        </p>
        <p>
          <a href="./guide.txt" target="_blank" rel="noreferrer">
            The guide
          </a>
          , from the first invite to moving to another device, comes from this page’s own server.
        </p>
      </section>
      <section class="card pad">
        <h2>What you will not find here</h2>
        <dl class="absent">
          {ABSENT.map(({ what, why }) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{why}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}
