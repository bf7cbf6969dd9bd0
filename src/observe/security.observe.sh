# observe_security: which security modules the kernel runs
observe_security() {
  frame security lsm
  [ ! -r /sys/kernel/security/lsm ] || lines /sys/kernel/security/lsm
  frame security selinux
  [ ! -r /sys/fs/selinux/enforce ] || lines /sys/fs/selinux/enforce
}
