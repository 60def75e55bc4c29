package io.millrace.access;

import io.millrace.access.Sessions.SignIn.Refused;
import io.millrace.access.Sessions.SignIn.SignedIn;
import io.millrace.access.Sessions.SignIn.TooMany;
import io.millrace.keyspace.Batch;
import io.millrace.kit.Clocks;
import io.millrace.kit.Ids;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Console sessions and sign-in links in the key space, under hashes of their secrets: who reads the
 * disk cannot sign in with what stands there.
 */
final class StoredSessions implements Sessions {
    private static final Failures.Rule BY_NAME = new Failures.Rule(5, Duration.ofMinutes(5));
    private static final Failures.Rule BY_ADDRESS = new Failures.Rule(50, Duration.ofSeconds(10));

    private final Rows rows;
    private final Directory directory;
    private final Passwords passwords;
    private final StoredUsers users;
    private final byte[] csrfKey;
    private final Duration validity;
    private final Audit audit;
    private final InstantSource expiry;
    private final Failures failures;
    private final Cached<Optional<Records.Session>> sessions;

    StoredSessions(
            Rows rows,
            Directory directory,
            Passwords passwords,
            StoredUsers users,
            MasterKey master,
            AccessOptions options,
            Audit audit,
            Clocks clocks) {
        this.rows = rows;
        this.directory = directory;
        this.passwords = passwords;
        this.users = users;
        this.csrfKey = master.derive("csrf tokens");
        this.validity = options.sessionValidity();
        this.audit = audit;
        this.expiry = clocks.forward();
        this.failures = new Failures(BY_NAME, BY_ADDRESS, clocks.monotonic());
        this.sessions =
                new Cached<>(
                        rows,
                        options.cacheFor(),
                        10_000,
                        clocks.monotonic(),
                        hash ->
                                Optional.ofNullable(
                                        rows.get(sessionKey(hash), Records.Session.class)));
    }

    private static byte[] sessionKey(String hash) {
        return Rows.key("session", hash);
    }

    private static byte[] linkKey(String hash) {
        return Rows.key("link", hash);
    }

    static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String secret() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Ids.randomBytes(32));
    }

    @Override
    public SignIn signIn(String user, String password, String sourceAddress) {
        return noted(
                "session.sign-in",
                user,
                sourceAddress,
                limited(
                        user.length() > 64 ? "" : user,
                        sourceAddress,
                        () -> byPassword(user, password)));
    }

    /** Leaves a line in the audit trail: who came in, and who tried. A flood leaves none. */
    private SignIn noted(String action, String user, String sourceAddress, SignIn outcome) {
        if (outcome instanceof TooMany) {
            return outcome;
        }
        boolean in = outcome instanceof SignedIn;
        String actor = outcome instanceof SignedIn done ? done.caller().arn() : user;
        audit.note(
                new Audit.Event(actor, action, "", in ? "done" : "denied", "", "", sourceAddress));
        return outcome;
    }

    private SignIn limited(String name, String sourceAddress, Supplier<SignIn> attempt) {
        return failures.limited(
                name, sourceAddress, attempt, in -> !(in instanceof SignedIn), TooMany::new);
    }

    private SignIn byPassword(String user, String password) {
        if (password.length() > Passwords.MAX_LENGTH) {
            return new Refused();
        }
        Records.User row =
                Names.valid(user) ? rows.get(Directory.userKey(user), Records.User.class) : null;
        boolean right = passwords.matches(password, row == null ? null : row.password());
        if (!right || row == null || !row.enabled()) {
            return new Refused();
        }
        return begin(row, null, null);
    }

    @Override
    public Change<String> createLink(String user, Duration linkValidity) {
        if (linkValidity.isNegative()
                || linkValidity.isZero()
                || linkValidity.compareTo(Duration.ofDays(1)) > 0) {
            return new Change.Invalid<>("A sign-in link is valid for at most a day.");
        }
        Records.User row = rows.get(Directory.userKey(user), Records.User.class);
        if (row == null || !row.enabled()) {
            return new Change.NotFound<>("There is no enabled user " + user + ".");
        }
        String secret = secret();
        long expires = expiry.instant().plus(linkValidity).toEpochMilli();
        Records.Link link = new Records.Link(row.name(), row.id(), row.epoch(), expires);
        Batch batch =
                Batch.builder()
                        .absent(linkKey(hash(secret)))
                        .put(linkKey(hash(secret)), Records.encode(link))
                        .build();
        if (!rows.commitQuietly(batch)) {
            throw Rows.busy();
        }
        return new Change.Done<>(secret);
    }

    @Override
    public SignIn redeem(String linkSecret, String sourceAddress) {
        String hash = hash(linkSecret);
        return noted(
                "session.link",
                "",
                sourceAddress,
                limited(hash, sourceAddress, () -> byLink(linkSecret, linkKey(hash))));
    }

    private SignIn byLink(String linkSecret, byte[] key) {
        byte[] value = linkSecret.length() > 100 ? null : rows.raw(key);
        if (value == null) {
            return new Refused();
        }
        Records.Link link = Records.decode(value, Records.Link.class);
        Records.User row = rows.get(Directory.userKey(link.user()), Records.User.class);
        boolean good =
                expiry.millis() < link.expires()
                        && row != null
                        && row.enabled()
                        && row.id().equals(link.userId())
                        && row.epoch() == link.epoch();
        return good && row != null ? begin(row, key, value) : new Refused();
    }

    /** Writes the session; a link is used up in the same commit, so that it works exactly once. */
    private SignIn begin(Records.User row, byte @Nullable [] linkKey, byte @Nullable [] linkValue) {
        String cookie = secret();
        Instant expires = expiry.instant().plus(validity);
        Records.Session session =
                new Records.Session(row.name(), row.id(), row.epoch(), expires.toEpochMilli());
        Batch.Builder batch =
                Batch.builder().put(sessionKey(hash(cookie)), Records.encode(session));
        if (linkKey != null && linkValue != null) {
            batch.holds(linkKey, linkValue).delete(linkKey);
        }
        if (!rows.commitQuietly(batch.build())) {
            return new Refused();
        }
        return new SignedIn(cookie, csrf(cookie), expires, directory.caller(row));
    }

    private String csrf(String cookie) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(MasterKey.hmac(csrfKey, cookie));
    }

    @Override
    public Optional<ConsoleSession> find(String cookie) {
        if (cookie.isEmpty() || cookie.length() > 100) {
            return Optional.empty();
        }
        Optional<Records.Session> session = sessions.get(hash(cookie));
        if (session.isEmpty() || expiry.millis() >= session.get().expires()) {
            return Optional.empty();
        }
        Records.Session live = session.get();
        return directory
                .user(live.user())
                .filter(
                        row ->
                                row.enabled()
                                        && row.id().equals(live.userId())
                                        && row.epoch() == live.epoch())
                .map(
                        row ->
                                new ConsoleSession(
                                        directory.caller(row),
                                        csrf(cookie),
                                        Instant.ofEpochMilli(live.expires())));
    }

    @Override
    public boolean csrfMatches(ConsoleSession session, String given) {
        return MessageDigest.isEqual(
                session.csrf().getBytes(StandardCharsets.UTF_8),
                given.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void signOut(String cookie) {
        rows.commit(Batch.builder().delete(sessionKey(hash(cookie))).build());
    }

    @Override
    public void signOutEverywhere(String user) {
        users.endSessions(user);
    }
}
