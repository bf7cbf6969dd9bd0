/**
 * The settings that systemd knows up to 257, as `systemd --dump-configuration-items` prints them on Debian 13:
 * by section, those that take a boolean and nothing else, and all others. 257 dropped none of 252's.
 */
interface Keys {
  readonly boolean: ReadonlySet<string>;
  readonly other: ReadonlySet<string>;
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const unitKeys: Readonly<Record<'Unit' | 'Service' | 'Install', Keys>> = {
  Unit: {
    boolean: words(`
      AllowIsolate DefaultDependencies IgnoreOnIsolate OnFailureIsolate RefuseManualStart
      RefuseManualStop StopWhenUnneeded SurviveFinalKillSignal
    `),
    other: words(`
      After AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure AssertCPUs
      AssertCapability AssertControlGroupController AssertCredential AssertDirectoryNotEmpty
      AssertEnvironment AssertFileIsExecutable AssertFileNotEmpty AssertFirstBoot AssertGroup AssertHost
      AssertIOPressure AssertKernelCommandLine AssertKernelVersion AssertMemory AssertMemoryPressure
      AssertNeedsUpdate AssertOSRelease AssertPathExists AssertPathExistsGlob AssertPathIsDirectory
      AssertPathIsEncrypted AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsSymbolicLink
      AssertSecurity AssertUser AssertVirtualization Before BindTo BindsTo CollectMode ConditionACPower
      ConditionArchitecture ConditionCPUFeature ConditionCPUPressure ConditionCPUs ConditionCapability
      ConditionControlGroupController ConditionCredential ConditionDirectoryNotEmpty
      ConditionEnvironment ConditionFileIsExecutable ConditionFileNotEmpty ConditionFirmware
      ConditionFirstBoot ConditionGroup ConditionHost ConditionIOPressure ConditionKernelCommandLine
      ConditionKernelVersion ConditionMemory ConditionMemoryPressure ConditionNeedsUpdate
      ConditionOSRelease ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory
      ConditionPathIsEncrypted ConditionPathIsMountPoint ConditionPathIsReadWrite
      ConditionPathIsSymbolicLink ConditionSecurity ConditionUser ConditionVirtualization Conflicts
      Description Documentation FailureAction FailureActionExitStatus JobRunningTimeoutSec
      JobTimeoutAction JobTimeoutRebootArgument JobTimeoutSec JoinsNamespaceOf OnFailure
      OnFailureJobMode OnSuccess OnSuccessJobMode PartOf PropagateReloadFrom PropagateReloadTo
      PropagatesReloadTo PropagatesStopTo RebootArgument ReloadPropagatedFrom Requires RequiresMountsFor
      RequiresOverridable Requisite RequisiteOverridable SourcePath StartLimitAction StartLimitBurst
      StartLimitInterval StartLimitIntervalSec StopPropagatedFrom SuccessAction SuccessActionExitStatus
      Upholds Wants WantsMountsFor
    `),
  },
  Service: {
    boolean: words(`
      BlockIOAccounting CPUAccounting CPUSchedulingResetOnFork CoredumpReceive DynamicUser GuessMainPID
      IOAccounting IPAccounting IgnoreSIGPIPE LockPersonality MemoryAccounting MemoryDenyWriteExecute
      MemoryZSwapWriteback NoNewPrivileges NonBlocking PermissionsStartOnly PrivateDevices PrivateIPC
      PrivateMounts PrivateNetwork PrivateTmp PrivateUsers ProtectClock ProtectControlGroups
      ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables RemainAfterExit
      RemoveIPC RestrictRealtime RestrictSUIDSGID RootDirectoryStartOnly RootEphemeral SendSIGHUP
      SendSIGKILL SyslogLevelPrefix TTYReset TTYVHangup TTYVTDisallocate TasksAccounting
    `),
    other: words(`
      AllowedCPUs AllowedMemoryNodes AmbientCapabilities AppArmorProfile BPFProgram BindLogSockets
      BindPaths BindReadOnlyPaths BlockIODeviceWeight BlockIOReadBandwidth BlockIOWeight
      BlockIOWriteBandwidth BusName CPUAffinity CPUQuota CPUQuotaPeriodSec CPUSchedulingPolicy
      CPUSchedulingPriority CPUShares CPUWeight CacheDirectory CacheDirectoryMode CapabilityBoundingSet
      ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter DefaultMemoryLow DefaultMemoryMin
      DefaultStartupMemoryLow Delegate DelegateSubgroup DeviceAllow DevicePolicy DisableControllers
      Environment EnvironmentFile ExecCondition ExecPaths ExecReload ExecSearchPath ExecStart
      ExecStartPost ExecStartPre ExecStop ExecStopPost ExitType ExtensionDirectories
      ExtensionImagePolicy ExtensionImages FailureAction FileDescriptorStoreMax
      FileDescriptorStorePreserve FinalKillSignal Group IODeviceLatencyTargetSec IODeviceWeight
      IOReadBandwidthMax IOReadIOPSMax IOSchedulingClass IOSchedulingPriority IOWeight
      IOWriteBandwidthMax IOWriteIOPSMax IPAddressAllow IPAddressDeny IPCNamespacePath
      IPEgressFilterPath IPIngressFilterPath ImportCredential InaccessibleDirectories InaccessiblePaths
      KeyringMode KillMode KillSignal LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS
      LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME
      LimitSIGPENDING LimitSTACK LoadCredential LoadCredentialEncrypted LogExtraFields LogFilterPatterns
      LogLevelMax LogNamespace LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory LogsDirectoryMode
      ManagedOOMMemoryPressure ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit
      ManagedOOMPreference ManagedOOMSwap MemoryHigh MemoryKSM MemoryLimit MemoryLow MemoryMax MemoryMin
      MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax MemoryZSwapMax MountAPIVFS MountFlags
      MountImagePolicy MountImages NFTSet NUMAMask NUMAPolicy NetworkNamespacePath Nice NoExecPaths
      NotifyAccess OOMPolicy OOMScoreAdjust OpenFile PAMName PIDFile PassEnvironment Personality
      PrivatePIDs ProcSubset ProtectHome ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths
      ReadWriteDirectories ReadWritePaths RebootArgument ReloadSignal Restart RestartForceExitStatus
      RestartKillSignal RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartSec RestartSteps
      RestrictAddressFamilies RestrictFileSystems RestrictNamespaces RestrictNetworkInterfaces
      RootDirectory RootHash RootHashSignature RootImage RootImageOptions RootImagePolicy RootVerity
      RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve RuntimeMaxSec
      RuntimeRandomizedExtraSec SELinuxContext SecureBits SetCredential SetCredentialEncrypted
      SetLoginEnvironment Slice SmackProcessLabel SocketBindAllow SocketBindDeny Sockets StandardError
      StandardInput StandardInputData StandardInputText StandardOutput StartLimitAction StartLimitBurst
      StartLimitInterval StartupAllowedCPUs StartupAllowedMemoryNodes StartupBlockIOWeight
      StartupCPUShares StartupCPUWeight StartupIOWeight StartupMemoryHigh StartupMemoryLow
      StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax StateDirectory StateDirectoryMode
      SuccessExitStatus SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel
      SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog TTYColumns TTYPath
      TTYRows TasksMax TemporaryFileSystem TimeoutAbortSec TimeoutCleanSec TimeoutSec
      TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec TimerSlackNSec Type
      UMask USBFunctionDescriptors USBFunctionStrings UnsetEnvironment User UtmpIdentifier UtmpMode
      WatchdogSec WatchdogSignal WorkingDirectory
    `),
  },
  Install: {
    boolean: new Set(),
    other: words(`
      Alias Also DefaultInstance RequiredBy UpheldBy WantedBy
    `),
  },
};

/** Whether a setting takes a boolean, and nothing else. */
export const takesBoolean = (section: string, key: string): boolean =>
  (section === 'Unit' || section === 'Service') && unitKeys[section].boolean.has(key);

/** Capabilities of Linux up to 6.12 (capabilities(7), linux/capability.h). systemd ignores an unknown name in silence. */
export const capabilityNames: ReadonlySet<string> = words(`
  CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID
  CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW
  CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT
  CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD
  CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG
  CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE
`);

/**
 * Settings by the first version of systemd that takes them, from 242 to 257: "Added in version" of the manual pages
 * of 257 and NEWS, held against `systemd --dump-configuration-items` of 247, 252 and 257.
 */
export const keysSince: ReadonlyMap<string, number> = new Map(
  Object.entries({
    242: words('CPUQuotaPeriodSec NetworkNamespacePath ProtectHostname RestrictSUIDSGID'),
    243: words('ExecCondition NUMAMask NUMAPolicy TimeoutAbortSec'),
    244: words('AllowedCPUs AllowedMemoryNodes ProtectKernelLogs RestartKillSignal TimeoutCleanSec'),
    245: words('LogNamespace ProtectClock'),
    246: words(`
      ConditionEnvironment AssertEnvironment ConditionPathIsEncrypted AssertPathIsEncrypted CoredumpFilter RootHash
      RootHashSignature RootVerity TimeoutStartFailureMode TimeoutStopFailureMode
    `),
    247: words('MountImages ProcSubset ProtectProc RootImageOptions SystemCallLog'),
    248: words(`
      ConditionCPUFeature AssertCPUFeature ExecPaths ExtensionImages IPCNamespacePath ManagedOOMMemoryPressureLimit
      ManagedOOMPreference NoExecPaths PrivateIPC
    `),
    249: words(`
      BPFProgram ConditionFirmware ConditionOSRelease AssertOSRelease OnSuccess OnSuccessJobMode PropagatesStopTo
      SocketBindAllow SocketBindDeny StopPropagatedFrom Upholds
    `),
    250: words(`
      ConditionCPUPressure AssertCPUPressure ConditionIOPressure AssertIOPressure ConditionMemoryPressure
      AssertMemoryPressure ExecSearchPath ExitType LoadCredentialEncrypted RestrictFileSystems
      RestrictNetworkInterfaces RuntimeRandomizedExtraSec SetCredentialEncrypted TTYColumns TTYRows
    `),
    251: words('ExtensionDirectories'),
    252: words('ConditionCredential AssertCredential StartupAllowedCPUs StartupAllowedMemoryNodes'),
    253: words('LogFilterPatterns MemoryZSwapMax OpenFile ReloadSignal'),
    254: words(`
      DefaultStartupMemoryLow DelegateSubgroup ExtensionImagePolicy FileDescriptorStorePreserve ImportCredential
      MemoryKSM MemoryPressureThresholdSec MemoryPressureWatch MountImagePolicy RestartMaxDelaySec RestartMode
      RestartSteps RootEphemeral RootImagePolicy StartupMemoryHigh StartupMemoryLow StartupMemoryMax
      StartupMemorySwapMax StartupMemoryZSwapMax UpheldBy
    `),
    255: words('CoredumpReceive NFTSet SetLoginEnvironment SurviveFinalKillSignal'),
    256: words('MemoryZSwapWriteback WantsMountsFor'),
    257: words('BindLogSockets ManagedOOMMemoryPressureDurationSec PrivatePIDs'),
  }).flatMap(([version, keys]) => [...keys].map((key) => [key, Number(version)] as const)),
);

/** Address families that systemd takes, as <linux/socket.h> names them. */
export const addressFamilies: ReadonlySet<string> = words(`
  AF_ALG AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25 AF_BLUETOOTH AF_BRIDGE AF_CAIF AF_CAN AF_DECnet
  AF_ECONET AF_IB AF_IEEE802154 AF_INET AF_INET6 AF_IPX AF_IRDA AF_ISDN AF_IUCV AF_KCM AF_KEY AF_LLC
  AF_LOCAL AF_MCTP AF_MPLS AF_NETBEUI AF_NETLINK AF_NETROM AF_NFC AF_PACKET AF_PHONET AF_PPPOX AF_QIPCRTR
  AF_RDS AF_ROSE AF_ROUTE AF_RXRPC AF_SECURITY AF_SMC AF_SNA AF_TIPC AF_UNIX AF_VSOCK
  AF_WANPIPE AF_X25 AF_XDP
`);
