package io.millrace.access;

import io.millrace.keyspace.KeySpace;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The door of the module: resolves credentials and decides requests. Thread-safe.
 *
 * <p>Actions are internal names ({@code oss:PutObject}, {@code live:Play}, {@code camera:Play},
 * {@code admin:Users} …). Resources are {@code *} for the account, {@code bucket}, {@code
 * bucket/key}, {@code _live/stream}, {@code _camera/device}, {@code _role/name}. HEAD of an object
 * asks for {@code oss:HeadObject}, which a right to {@code oss:GetObject} includes.
 */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable", "UnusedMethod"})
public final class Access implements AutoCloseable {
    private final InstantSource clock;

    private Access(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Opens the module over a key space. Checks that the master key is the one that the data know.
     */
    public static Access open(
            KeySpace keySpace, MasterKey master, AccessOptions options, InstantSource clock) {
        return new Access(clock);
    }

    /**
     * At the first start makes the administrator and the root key pair and returns both, once.
     * Later a given root key replaces the present one and nothing is returned.
     */
    public Optional<FirstStart> bootstrap(@Nullable RootKey given) {
        throw new UnsupportedOperationException("being written");
    }

    /** The secret and the caller that belong to an access key id and its token. */
    public Resolution resolve(String accessKeyId, @Nullable String securityToken) {
        throw new UnsupportedOperationException("being written");
    }

    /** Whether the caller may do that to that. */
    public Decision decide(Caller caller, String action, String resource, RequestContext context) {
        throw new UnsupportedOperationException("being written");
    }

    public AssumeOutcome assumeRole(Caller caller, AssumeRoleRequest request) {
        throw new UnsupportedOperationException("being written");
    }

    public Users users() {
        throw new UnsupportedOperationException("being written");
    }

    public AccessKeys keys() {
        throw new UnsupportedOperationException("being written");
    }

    public Roles roles() {
        throw new UnsupportedOperationException("being written");
    }

    public Policies policies() {
        throw new UnsupportedOperationException("being written");
    }

    public Devices devices() {
        throw new UnsupportedOperationException("being written");
    }

    public Sessions sessions() {
        throw new UnsupportedOperationException("being written");
    }

    public Audit audit() {
        throw new UnsupportedOperationException("being written");
    }

    /** The account number in ARNs. */
    public String account() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The key of the edge's default domain (URL authentication type A), derived from the master
     * key.
     */
    public String playbackKey() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The key pair of a service account, derived from the master key. Known: {@code edge} (may read
     * objects, play streams and cameras, pull settings and report).
     */
    public RootKey serviceKey(String name) {
        throw new UnsupportedOperationException("being written");
    }

    @Override
    public void close() {}
}
