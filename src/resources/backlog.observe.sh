# observe_backlog KEY: the state of the kernel's audit
observe_backlog() {
  frame "$1" status
  ! command -v auditctl >/dev/null 2>&1 || auditctl -s 2>&1
}
