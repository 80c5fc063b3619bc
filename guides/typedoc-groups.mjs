// A plug-in of TypeDoc: public names are grouped by what they are for, which their file's folder says; and pages
// have titles.

import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc'

/** The first that fits the path below lib/ decides. */
const groups = [
  [/^operators\//, 'Operators'],
  [/^producer\/.*transaction|^producer\/producer-pool|^producer\/group-metadata/, 'Transactions'],
  [/^producer\/|^model|^metrics\//, 'Producer'],
  [/^config\//, 'Configuration'],
  [/^errors\//, 'Errors'],
  [/^partitioners\/|^serialization\//, 'Serializers and partitioners'],
  [/^security\//, 'Security'],
  [/^testing\//, 'Testing'],
  [/^opentelemetry\//, 'Observability'],
  [/./, 'Internals'],
]

/** Pages whose file is named as repositories name theirs. */
const titles = {
  ARCHITECTURE: 'Architecture',
  CONFIGURATION: 'Configuration',
  CHANGELOG: 'Changelog',
  PARITY: 'Parity with Java',
}

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const page of project.documents ?? []) page.name = titles[page.name] ?? page.name
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      for (const child of module.children ?? []) {
        const file = project.getSymbolIdFromReflection(child)?.fileName ?? ''
        const path = /(?:^|\/)lib\/(.*)$/.exec(file.replaceAll('\\', '/'))?.[1] ?? ''
        const [, name] = groups.find(([pattern]) => pattern.test(path)) ?? [null, 'Internals']
        grouped(child, name)
      }
    }
  })
}

/** A function's comment is that of its signature; the group belongs to the function. */
function grouped(reflection, name) {
  reflection.comment ??= new Comment()
  reflection.comment.blockTags.push(new CommentTag('@group', [{ kind: 'text', text: name }]))
}
