# Asks for what the packaged profile does not allow, each of the named kinds once; run by aa-exec -p named.
$0 = 'isc-net-0000';
my $d = '/srv/bind/probe';
my %wanted = map { $_ => 1 } @ARGV;
sub attempt { my ($what, $how) = @_; return if !$wanted{$what}; print "$what ", ($how->() ? 'yes' : "no: $!"), "\n" }
attempt 'read',    sub { open my $f, '<', "$d/db.read" };
attempt 'write',   sub { open my $f, '+<', "$d/db.write" };
attempt 'append',  sub { open my $f, '>>', "$d/query.log" };
attempt 'create',  sub { open my $f, '>', "$d/db.new" };
attempt 'mkdir',   sub { mkdir "$d/made" };
attempt 'rmdir',   sub { rmdir "$d/gone" };
attempt 'unlink',  sub { unlink "$d/db.unlink" };
attempt 'rename',  sub { rename "$d/db.from", "$d/db.to" };
attempt 'link',    sub { link "$d/db.read", "$d/db.link" };
attempt 'symlink', sub { symlink 'db.read', "$d/db.symlink" };
attempt 'chmod',   sub { chmod 0640, "$d/db.chmod" };
attempt 'lock',    sub { open my $f, '+<', '/var/lib/bind/probe.lock' or return 0; flock $f, 2 };
attempt 'list',    sub { opendir my $f, $d };
attempt 'map',     sub { open my $f, '<', '/etc/bind/probe.so' or return 0; syscall(9, 0, 4096, 5, 2, fileno $f, 0) > 0 };
attempt 'exec',    sub { my $pid = fork; if (!$pid) { exec '/usr/bin/id'; kill 'KILL', $$ } waitpid $pid, 0; $? == 0 };
attempt 'chown',   sub { chown 1, 1, '/var/lib/bind/probe.lock' };
attempt 'admin',   sub { my $name = 'x'; syscall(170, $name, 1) == 0 };
attempt 'raw',     sub { syscall(41, 2, 3, 1) >= 0 };
attempt 'packet',  sub { syscall(41, 17, 3, 0) >= 0 };
attempt 'signal',  sub { kill 'USR1', 1 };
attempt 'ptrace',  sub { syscall(101, 16, 1, 0, 0) == 0 };
