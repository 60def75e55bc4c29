package io.millrace.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyException;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Ids;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Announcements;
import io.millrace.work.outgoing.OutgoingException;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.Target;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The door of the module: resolves credentials and decides requests. Thread-safe.
 *
 * <p>Actions are internal names ({@code oss:PutObject}, {@code live:Play}, {@code camera:Play},
 * {@code admin:Users} …). Resources are {@code *} for the account, {@code bucket}, {@code
 * bucket/key}, {@code _live/stream}, {@code _camera/device}, {@code _role/name}. HEAD of an object
 * asks for {@code oss:HeadObject}, which a right to {@code oss:GetObject} includes.
 *
 * <p>The hot path reads caches only: a secret, a user, its compiled policies. This node's own
 * changes are seen by the next request, another node's within {@link AccessOptions#cacheFor}.
 */
public final class Access implements AutoCloseable {
    private static final String ADMIN = "admin";
    private static final Set<String> SERVICES = Set.of("edge", "backup");

    private record Opened(Token token, Caller caller) {}

    private final Rows rows;
    private final MasterKey master;
    private final AccessOptions options;
    private final InstantSource clock;
    private final InstantSource expiry;
    private final Directory directory;
    private final Decider decider;
    private final Callers callers;
    private final Assumer assumer;
    private final Issuing issuing;
    private final StoredUsers users;
    private final StoredKeys keys;
    private final StoredRoles roles;
    private final StoredPolicies policies;
    private final StoredDevices devices;
    private final StoredSessions sessions;
    private final StoredAudit audit;

    /** The target's name of the backend that is asked before a device gets in. */
    public static final String DEVICE_HOOK = "device-hook";

    private static final byte[] HOOK = Rows.key("meta", "device-hook");

    private final @Nullable Sender sender;
    private final Sweeper sweeper;
    private final Cache<String, Opened> opened = Caffeine.newBuilder().maximumSize(10_000).build();

    private Access(
            KeySpace keySpace,
            Leases leases,
            MasterKey master,
            AccessOptions options,
            @Nullable Sender sender,
            Clocks clocks) {
        this.rows = new Rows(keySpace);
        this.master = master;
        this.options = options;
        this.clock = clocks.wall();
        this.expiry = clocks.forward();
        directory =
                new Directory(
                        rows, master, options.account(), options.cacheFor(), clocks.monotonic());
        callers = directory.callers();
        decider = new Decider(directory, expiry);
        issuing = new Issuing(master, expiry);
        assumer = new Assumer(directory, decider, master, expiry);
        audit = new StoredAudit(rows, clock, options.auditKeep());
        Passwords passwords = new Passwords();
        users = new StoredUsers(rows, directory, passwords, clock);
        keys = new StoredKeys(rows, master, clock);
        roles = new StoredRoles(rows, directory, clock);
        policies = new StoredPolicies(rows, directory, decider, clock);
        this.sender = sender;
        DeviceHook hook = new DeviceHook(this::deviceHook, sender, options.deviceHookTimeout());
        Announcements announcements = sender == null ? Announcements.NONE : sender;
        devices =
                new StoredDevices(
                        rows, directory, master, options, hook, announcements, audit, clocks);
        sessions =
                new StoredSessions(
                        rows, directory, passwords, users, master, options, audit, clocks);
        sweeper = new Sweeper(leases, clocks);
    }

    /** The same without a sender: nobody outside is told of devices, and none can be asked. */
    public static Access open(
            KeySpace keySpace,
            Leases leases,
            MasterKey master,
            AccessOptions options,
            Clocks clocks) {
        return open(keySpace, leases, master, options, null, clocks);
    }

    /**
     * Opens the module over a key space.
     *
     * @param sender asks the device hook and tells of devices; the caller's to close, after this
     * @throws AccessException MASTER_KEY_WRONG when the data were encrypted with another key
     */
    public static Access open(
            KeySpace keySpace,
            Leases leases,
            MasterKey master,
            AccessOptions options,
            @Nullable Sender sender,
            Clocks clocks) {
        byte[] known = keySpace.get(Rows.masterCheckKey());
        master.check(known);
        if (known == null) {
            Batch first =
                    Batch.builder()
                            .absent(Rows.masterCheckKey())
                            .put(Rows.masterCheckKey(), master.checkValue())
                            .build();
            if (!keySpace.commit(first).committed()) {
                master.check(keySpace.get(Rows.masterCheckKey()));
            }
        }
        return new Access(keySpace, leases, master, options, sender, clocks);
    }

    /**
     * At the first start makes the administrator and the root key pair and returns both, once.
     * Later a given root key replaces the present one and nothing is returned.
     */
    public Optional<FirstStart> bootstrap(@Nullable RootKey given) {
        byte[] present = rows.raw(Directory.rootKeyKey());
        if (present != null) {
            if (given != null) {
                replaceRoot(present, given);
            }
            return Optional.empty();
        }
        RootKey root = given != null ? given : new RootKey("MR" + Ids.secret(22), Ids.secret(40));
        String password = Ids.secret(20);
        Records.User admin = users.fresh(ADMIN, password, List.of(BuiltIn.ADMINISTRATOR));
        Batch batch =
                Batch.builder()
                        .absent(Directory.rootKeyKey())
                        .absent(Directory.userKey(ADMIN))
                        .put(Directory.rootKeyKey(), Records.encode(rootRow(root)))
                        .put(Directory.userKey(ADMIN), Records.encode(admin))
                        .build();
        return rows.commit(batch)
                ? Optional.of(new FirstStart(ADMIN, password, root))
                : Optional.empty();
    }

    private Records.Root rootRow(RootKey root) {
        return new Records.Root(
                root.id(), master.encrypt(root.secret(), "root:" + root.id()), clock.millis());
    }

    private void replaceRoot(byte[] present, RootKey given) {
        Optional<RootKey> now = directory.root();
        if (now.isPresent() && now.get().equals(given)) {
            return;
        }
        rows.commit(
                Batch.builder()
                        .holds(Directory.rootKeyKey(), present)
                        .put(Directory.rootKeyKey(), Records.encode(rootRow(given)))
                        .build());
    }

    /** The secret and the caller that belong to an access key id and its token. */
    public Resolution resolve(String accessKeyId, @Nullable String securityToken) {
        if (accessKeyId.isEmpty() || accessKeyId.length() > 128) {
            return new Resolution.UnknownKey();
        }
        if (securityToken != null) {
            return resolveToken(accessKeyId, securityToken);
        }
        Optional<RootKey> root = directory.root();
        if (root.isPresent() && root.get().id().equals(accessKeyId)) {
            return new Resolution.Resolved(root.get().secret(), callers.root());
        }
        if (accessKeyId.startsWith(MasterKey.SERVICE_PREFIX)) {
            String name = accessKeyId.substring(MasterKey.SERVICE_PREFIX.length());
            return SERVICES.contains(name)
                    ? new Resolution.Resolved(
                            master.serviceKey(name).secret(), callers.service(name))
                    : new Resolution.UnknownKey();
        }
        Optional<Directory.LiveKey> key = directory.key(accessKeyId);
        if (key.isEmpty()) {
            return new Resolution.UnknownKey();
        }
        Records.User user = key.get().user();
        if (user == null) {
            return new Resolution.UnknownKey();
        }
        return key.get().enabled() && user.enabled()
                ? new Resolution.Resolved(key.get().secret(), directory.caller(user))
                : new Resolution.DisabledKey();
    }

    private Resolution resolveToken(String accessKeyId, String text) {
        Opened token = opened.getIfPresent(text);
        if (token == null) {
            Token fresh = Token.open(text, master);
            if (fresh == null) {
                return new Resolution.TokenInvalid("The security token is not valid.");
            }
            try {
                Caller caller = caller(fresh);
                if (caller == null) {
                    return new Resolution.TokenInvalid("The security token is not valid.");
                }
                token = new Opened(fresh, caller);
            } catch (PolicyException e) {
                return new Resolution.TokenInvalid("The token's session policy is not valid.");
            }
            opened.put(text, token);
        }
        if (!token.token().accessKeyId().equals(accessKeyId)) {
            return new Resolution.TokenMismatch();
        }
        if (!expiry.instant().isBefore(token.token().expires())) {
            return new Resolution.TokenExpired();
        }
        String gone = gone(token);
        return gone == null
                ? new Resolution.Resolved(token.token().secret(), token.caller())
                : new Resolution.TokenInvalid(
                        "The security token's " + gone + " is gone or revoked.");
    }

    /** Whom a token stands for; null when it is of no known kind. */
    private @Nullable Caller caller(Token token) {
        Scope scope = token.scope();
        if (scope != null) {
            Records.Issuer issuer = token.issuer();
            return issuer == null
                    ? null
                    : callers.issued(
                            callers.issuer(issuer, token.expires()), scope, token.expires());
        }
        return switch (token.kind()) {
            case 'D' -> callers.device(token);
            case 'R' ->
                    callers.session(
                            token.principal(),
                            token.principalId(),
                            token.session(),
                            token.policy().isEmpty()
                                    ? null
                                    : Policy.session(token.policy(), options.account()),
                            token.epoch(),
                            token.expires());
            default -> null;
        };
    }

    /** What a token stands on and is no more, compared at every request; null while it is there. */
    private @Nullable String gone(Opened opened) {
        Token token = opened.token();
        return switch (opened.caller()) {
            case Caller.RoleSession session ->
                    directory.standing(session).isPresent() ? null : "role";
            case Caller.IssuedSession issued -> directory.stands(issued.issuer()) ? null : "issuer";
            case Caller.DeviceSession device ->
                    directory
                                    .device(device.id())
                                    .map(Directory.LiveDevice::row)
                                    .filter(
                                            row ->
                                                    row.enabled()
                                                            && row.uid().equals(token.principalId())
                                                            && row.epoch() == token.epoch())
                                    .isPresent()
                            ? null
                            : "device";
            case Caller.Root root -> "root";
            case Caller.User user -> "user";
            case Caller.Service service -> "service";
            case Caller.Anonymous nobody -> "caller";
        };
    }

    /**
     * Whether a signature, whose time is within {@link Rows#SKEW} of now, is used for the first
     * time on any node. Noted durably before it is answered.
     *
     * @param nonce what tells it from others, up to 128 characters
     */
    public boolean firstUse(String accessKeyId, String nonce) {
        byte[] key = Rows.key("nonce", "request", accessKeyId, nonce);
        Records.Nonce row = new Records.Nonce(Rows.nonceEnd(clock.instant()));
        return rows.commitQuietly(
                Batch.builder().absent(key).put(key, Records.encode(row)).build());
    }

    /** Whether the caller may do that to that; a denial is noted in the audit trail. */
    public Decision decide(Caller caller, String action, String resource, RequestContext context) {
        Decision decision = decider.decide(caller, action, resource, context);
        if (decision instanceof Decision.Denied denied && !(caller instanceof Caller.Anonymous)) {
            audit.note(
                    new Audit.Event(
                            caller.arn(),
                            action,
                            resource,
                            "denied",
                            denied.statement() == null
                                    ? denied.reason().name()
                                    : denied.statement().toString(),
                            context.requestId(),
                            context.sourceAddress()));
        }
        return decision;
    }

    /** Takes on a role; whatever comes of it stands in the audit trail before it is answered. */
    public AssumeOutcome assumeRole(Caller caller, AssumeRoleRequest request) {
        StringBuilder detail = new StringBuilder(request.sessionName());
        AssumeOutcome outcome =
                assumer.assume(caller, request, why -> detail.append(": ").append(why));
        boolean assumed = outcome instanceof AssumeOutcome.Assumed;
        audit.write(
                new Audit.Event(
                        caller.arn(),
                        "sts:AssumeRole",
                        request.roleArn(),
                        assumed ? "allowed" : "denied",
                        detail.toString(),
                        request.context().requestId(),
                        request.context().sourceAddress()));
        return outcome;
    }

    /**
     * Temporary credentials for what {@code scope} says, on a caller's behalf. At each request they
     * may do what the caller may do then, in that request's circumstances, and nothing outside of
     * the scope; they end with the caller. Whether it may be done at all is asked at each request,
     * not here.
     *
     * @param lasting up to an hour; a role's session is not outlived
     * @return empty for a caller who may hand nothing on: a device, what was issued itself, a
     *     service, nobody
     */
    public Optional<TemporaryCredentials> issue(Caller caller, Scope scope, Duration lasting) {
        return issuing.issue(caller, scope, lasting);
    }

    /** The account's root, for what the server itself sets up. */
    public Caller root() {
        return callers.root();
    }

    public Users users() {
        return users;
    }

    public AccessKeys keys() {
        return keys;
    }

    public Roles roles() {
        return roles;
    }

    public Policies policies() {
        return policies;
    }

    public Devices devices() {
        return devices;
    }

    public Sessions sessions() {
        return sessions;
    }

    public Audit audit() {
        return audit;
    }

    /** The target asked before a device gets in: the configured one, else the one that was set. */
    public Optional<Target> deviceHook() {
        if (options.deviceHook() != null) {
            return Optional.of(options.deviceHook());
        }
        Records.Hook set = rows.get(HOOK, Records.Hook.class);
        return set == null ? Optional.empty() : Optional.of(target(set));
    }

    private Target target(Records.Hook set) {
        byte[] sealed = set.sealed();
        String address = sealed == null ? set.url() : master.decrypt(sealed, DEVICE_HOOK);
        return Target.of(DEVICE_HOOK, address == null ? "" : address);
    }

    /**
     * Sets the address, encrypted and durable when it returns; null asks nobody. A configured one
     * stays.
     */
    public Change<Optional<Target>> setDeviceHook(@Nullable String address) {
        if (options.deviceHook() != null) {
            return new Change.InUse<>("The address is fixed by the setting devices.hook.");
        }
        if (address == null) {
            rows.commit(Batch.builder().delete(HOOK).build());
            return new Change.Done<>(Optional.empty());
        }
        Target target;
        try {
            target = Target.of(DEVICE_HOOK, address);
            if (sender != null) {
                sender.guard().check(target);
            }
        } catch (OutgoingException e) {
            return new Change.Invalid<>("This can't be asked: " + e.getMessage() + ".");
        }
        byte[] sealed = master.encrypt(address.strip(), DEVICE_HOOK);
        Records.Hook row = new Records.Hook(null, sealed);
        rows.commit(Batch.builder().put(HOOK, Records.encode(row)).build());
        return new Change.Done<>(Optional.of(target));
    }

    /** The account number in ARNs. */
    public String account() {
        return options.account();
    }

    /**
     * The key of the edge's default domain (URL authentication type A), derived from the master
     * key.
     */
    public String playbackKey() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(master.derive("playback url authentication"));
    }

    /**
     * The key pair of a service account, derived from the master key. Known: {@code edge} (may read
     * objects, play streams and cameras, pull settings and report) and {@code backup} (may hold
     * what it copies).
     */
    public RootKey serviceKey(String name) {
        if (!SERVICES.contains(name)) {
            throw new AccessException(
                    AccessException.Code.UNKNOWN_SERVICE, "There is no service account " + name);
        }
        return master.serviceKey(name);
    }

    /**
     * 32 bytes for another module's own sealing, derived from the master key; each purpose has its
     * own, and none says anything about another.
     */
    public byte[] derivedSecret(String purpose) {
        return master.derive("module " + purpose);
    }

    void sweep() {
        sweeper.sweep();
    }

    @Override
    public void close() {
        sweeper.close();
        audit.close();
    }
}
