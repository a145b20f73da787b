/** Owns the grammar that endpoints keep free text of models to: a patch (Lark). */

export const PATCH_GRAMMAR = `start: begin file+ end
begin: "*** Begin Patch" LF
end: "*** End Patch" LF?

file: add | delete | update
add: "*** Add File: " name LF added+
delete: "*** Delete File: " name LF
update: "*** Update File: " name LF move? chunks?

move: "*** Move to: " name LF
name: /(.+)/
added: "+" /(.*)/ LF -> line

chunks: (anchor | changed)+ last?
anchor: ("@@" | "@@ " /(.+)/) LF
changed: ("+" | "-" | " ") /(.*)/ LF
last: "*** End of File" LF

%import common.LF
`
