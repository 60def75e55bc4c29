package io.millrace.access;

import io.millrace.kit.Ids;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Temporary credentials on a caller's behalf: its own rights at each request, cut to a scope. */
final class Issuing {
    /** Who wants more asks again, and is looked at again. */
    static final Duration LONGEST = Duration.ofHours(1);

    private final MasterKey master;
    private final InstantSource clock;

    Issuing(MasterKey master, InstantSource clock) {
        this.master = master;
        this.clock = clock;
    }

    /** Empty for a caller who may hand nothing on. */
    Optional<TemporaryCredentials> issue(Caller caller, Scope scope, Duration lasting) {
        if (lasting.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("credentials are issued for an hour at most");
        }
        Records.Issuer issuer = Callers.issuer(caller);
        if (issuer == null) {
            return Optional.empty();
        }
        Instant expires = Instant.ofEpochSecond(clock.instant().plus(lasting).getEpochSecond());
        if (caller instanceof Caller.RoleSession session && session.expires().isBefore(expires)) {
            expires = session.expires();
        }
        Token token = Token.issued(issuer, scope, expires, "STS." + Ids.secret(24), Ids.secret(40));
        return Optional.of(
                new TemporaryCredentials(
                        token.accessKeyId(), token.secret(), token.seal(master), expires));
    }
}
