/**
 * Text inside an element or a quoted attribute of XML or HTML. What XML 1.0 can't hold at all is shown as U+FFFD: names
 * from hosts are anybody's choice.
 */
export const escaped = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, '\ufffd')
    .replace(/[&<>"'\r]/g, (it) => `&#${it.charCodeAt(0)};`);
