package io.millrace.access;

import io.millrace.access.Change.Done;
import io.millrace.access.Change.Invalid;
import io.millrace.access.Change.NotFound;
import io.millrace.access.Change.Taken;
import io.millrace.access.Devices.EnrolOutcome.Enrolled;
import io.millrace.access.Devices.TokenOutcome.Issued;
import io.millrace.keyspace.Batch;
import io.millrace.kit.Clocks;
import io.millrace.kit.Ids;
import io.millrace.work.outgoing.Announcements;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Devices in the key space. */
final class StoredDevices implements Devices {
    private static final Duration CODE_LIFE = Duration.ofMinutes(15);
    private static final Failures.Rule BY_NAME = new Failures.Rule(10, Duration.ofMinutes(1));
    private static final Failures.Rule BY_ADDRESS = new Failures.Rule(300, Duration.ofSeconds(2));
    private static final String TOO_MANY =
            "Too many failed tries from your address; wait a minute.";
    private static final String NOBODY_VOUCHES =
            "Whoever stands behind this device is gone or disabled.";
    private static final char[] CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

    private final Rows rows;
    private final DevicePrefixes prefixes;
    private final Directory directory;
    private final MasterKey master;
    private final AccessOptions options;
    private final DeviceHook hook;
    private final Announcements announcements;
    private final Audit audit;
    private final InstantSource clock;
    private final InstantSource expiry;
    private final Failures failures;

    StoredDevices(
            Rows rows,
            Directory directory,
            MasterKey master,
            AccessOptions options,
            DeviceHook hook,
            Announcements announcements,
            Audit audit,
            Clocks clocks) {
        this.rows = rows;
        this.prefixes = new DevicePrefixes(rows);
        this.directory = directory;
        this.master = master;
        this.options = options;
        this.hook = hook;
        this.announcements = announcements;
        this.audit = audit;
        this.clock = clocks.wall();
        this.expiry = clocks.forward();
        this.failures = new Failures(BY_NAME, BY_ADDRESS, clocks.monotonic());
    }

    private static byte[] codeKey(String hash) {
        return Rows.key("enrol", hash);
    }

    @Override
    public Change<Enrolment> register(String id, String bucket, String prefix, Caller issuer) {
        if (!Names.validDevice(id)) {
            return new Invalid<>(
                    "A device's id has 1 to 64 letters, digits and . _ - and begins with a letter"
                            + " or digit.");
        }
        boolean prefixFits =
                prefix.endsWith("/")
                        && prefix.length() > 1
                        && prefix.length() <= 512
                        && !prefix.startsWith("/")
                        && !prefix.contains("//")
                        && !prefix.contains("./")
                        && prefix.indexOf('\\') < 0
                        && prefix.chars().noneMatch(c -> c < 0x20 || c == 0x7f);
        if (bucket.isEmpty() || bucket.length() > 63 || !prefixFits) {
            return new Invalid<>(
                    "A device needs a bucket and a prefix of its own like cameras/cam1/, ending"
                            + " with a slash.");
        }
        Records.Issuer by = Callers.issuer(issuer);
        if (by == null) {
            return handsNothingOn();
        }
        Records.Device row =
                new Records.Device(
                        "d" + Ids.secret(15),
                        id,
                        bucket,
                        prefix,
                        true,
                        null,
                        1,
                        clock.millis(),
                        0,
                        by);
        for (int i = 0; i < Rows.TRIES; i++) {
            Batch.Builder batch =
                    Batch.builder()
                            .absent(Directory.deviceKey(id))
                            .put(Directory.deviceKey(id), Records.encode(row));
            Optional<String> other = prefixes.take(batch, row);
            Enrolment enrolment = addCode(batch, row, by);
            if (other.isEmpty() && rows.commit(batch.build())) {
                return new Done<>(enrolment);
            }
            if (rows.raw(Directory.deviceKey(id)) != null) {
                return new Taken<>("The device " + id + " exists already.");
            }
            if (other.isPresent()) {
                return overlaps(row, other.get());
            }
        }
        throw Rows.busy();
    }

    private static <T> Change<T> overlaps(Records.Device row, String other) {
        return new Taken<>(
                "The prefix "
                        + row.prefix()
                        + " in "
                        + row.bucket()
                        + " is the device "
                        + other
                        + "'s, or lies around or within its prefix.");
    }

    private static <T> Change<T> handsNothingOn() {
        return new Invalid<>(
                "Root, users and sessions of roles stand behind devices: not what acts on behalf of"
                        + " others itself.");
    }

    private Enrolment addCode(Batch.Builder batch, Records.Device row, Records.Issuer by) {
        byte[] random = Ids.randomBytes(16);
        StringBuilder code = new StringBuilder(19);
        for (int i = 0; i < 16; i++) {
            if (i > 0 && i % 4 == 0) {
                code.append('-');
            }
            code.append(CODE_ALPHABET[random[i] & 31]);
        }
        Instant expires = expiry.instant().plus(CODE_LIFE);
        Records.Code record = new Records.Code(row.id(), row.uid(), expires.toEpochMilli(), by);
        batch.put(codeKey(hash(code.toString())), Records.encode(record));
        return new Enrolment(info(row), code.toString(), expires);
    }

    /** Codes are typed by people: case, dashes and spaces do not count, O is 0 and I, L are 1. */
    private static String hash(String code) {
        StringBuilder plain = new StringBuilder(16);
        for (char c : code.toUpperCase(Locale.ROOT).toCharArray()) {
            switch (c) {
                case '-', ' ' -> {}
                case 'O' -> plain.append('0');
                case 'I', 'L' -> plain.append('1');
                default -> plain.append(c);
            }
        }
        return StoredSessions.hash("enrolment code " + plain);
    }

    @Override
    public Change<Enrolment> newCode(String id, Caller issuer) {
        Records.Issuer by = Callers.issuer(issuer);
        if (by == null) {
            return handsNothingOn();
        }
        byte[] key = Directory.deviceKey(id);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return noDevice(id);
            }
            Batch.Builder batch = Batch.builder().holds(key, value);
            Records.Device device = Records.decode(value, Records.Device.class);
            if (!device.enabled()) {
                // Whoever has the secret of a disabled device is not let in again by its new code.
                device = device.with(true, null, device.epoch() + 1, device.lastToken()).by(by);
                batch.put(key, Records.encode(device));
            }
            Enrolment enrolment = addCode(batch, device, by);
            if (rows.commit(batch.build())) {
                return new Done<>(enrolment);
            }
        }
        throw Rows.busy();
    }

    private static <T> Change<T> noDevice(String id) {
        return new NotFound<>("There is no device " + id + ".");
    }

    @Override
    public EnrolOutcome enrol(String code, String sourceAddress) {
        String hash = hash(code.length() > 64 ? "" : code);
        EnrolOutcome outcome =
                failures.limited(
                        hash,
                        sourceAddress,
                        () -> byCode(codeKey(hash), sourceAddress),
                        o -> o instanceof EnrolOutcome.Refused r && isGuess(r.reason()),
                        wait -> new EnrolOutcome.Refused(Refusal.TOO_MANY, TOO_MANY));
        switch (outcome) {
            case Enrolled done ->
                    note("device.enrol", done.device().id(), "done", "", sourceAddress);
            case EnrolOutcome.Refused refused ->
                    note("device.enrol", "", "denied", refused.reason().name(), sourceAddress);
        }
        return outcome;
    }

    private void note(
            String action, String device, String decision, String detail, String sourceAddress) {
        String id = Names.validDevice(device) ? device : "";
        if (detail.equals(Refusal.TOO_MANY.name())) {
            // A flood must not push the older records out.
            return;
        }
        audit.note(
                new Audit.Event(
                        directory.deviceArn(id),
                        action,
                        id.isEmpty() ? "" : "_camera/" + id,
                        decision,
                        detail,
                        "",
                        sourceAddress));
    }

    /** What a right secret is refused for is no guess. */
    private static boolean isGuess(Refusal reason) {
        return reason == Refusal.NOT_RECOGNISED;
    }

    private EnrolOutcome byCode(byte[] codeKey, String sourceAddress) {
        byte[] codeValue = rows.raw(codeKey);
        if (codeValue == null) {
            return unknownCode();
        }
        Records.Code row = Records.decode(codeValue, Records.Code.class);
        byte[] deviceKey = Directory.deviceKey(row.device());
        byte[] deviceValue = rows.raw(deviceKey);
        if (expiry.millis() >= row.expires() || deviceValue == null) {
            return unknownCode();
        }
        Records.Device device = Records.decode(deviceValue, Records.Device.class);
        if (!device.uid().equals(row.uid())) {
            return unknownCode();
        }
        if (!device.enabled()) {
            return new EnrolOutcome.Refused(Refusal.DISABLED, "The device is disabled.");
        }
        // A code of an earlier version names nobody: the device stays whose it was.
        Records.Issuer by = row.issuer() == null ? device.issuer() : row.issuer();
        if (!vouched(by)) {
            return new EnrolOutcome.Refused(Refusal.ISSUER, NOBODY_VOUCHES);
        }
        if (!hook.allows("enrol", device.id(), sourceAddress)) {
            return new EnrolOutcome.Refused(
                    Refusal.HOOK, "The operator's backend did not allow the device.");
        }
        String secret = Ids.secret(43);
        // A new secret ends the tokens that the old one got.
        Records.Device next =
                device.with(
                                true,
                                master.encrypt(secret, "device:" + device.uid()),
                                device.epoch() + 1,
                                device.lastToken())
                        .by(by);
        Batch.Builder batch =
                Batch.builder()
                        .holds(codeKey, codeValue)
                        .holds(deviceKey, deviceValue)
                        .delete(codeKey)
                        .put(deviceKey, Records.encode(next));
        announcements.add(batch, DeviceEvent.of(DeviceEvent.ENROLLED, next));
        return rows.commit(batch.build()) ? new Enrolled(info(next), secret) : unknownCode();
    }

    private static EnrolOutcome unknownCode() {
        return new EnrolOutcome.Refused(
                Refusal.NOT_RECOGNISED, "The enrolment code is unknown, used or too old.");
    }

    @Override
    public TokenOutcome token(
            String id, String timestamp, String nonce, String signature, String sourceAddress) {
        TokenOutcome outcome =
                failures.limited(
                        Names.validDevice(id) ? id : "",
                        sourceAddress,
                        () -> bySecret(id, timestamp, nonce, signature, sourceAddress),
                        o -> o instanceof TokenOutcome.Refused r && isGuess(r.reason()),
                        wait -> new TokenOutcome.Refused(Refusal.TOO_MANY, TOO_MANY));
        switch (outcome) {
            case Issued issued ->
                    note(
                            "device.token",
                            id,
                            "done",
                            issued.credentials().accessKeyId(),
                            sourceAddress);
            case TokenOutcome.Refused refused ->
                    note("device.token", id, "denied", refused.reason().name(), sourceAddress);
        }
        return outcome;
    }

    private TokenOutcome bySecret(
            String id, String timestamp, String nonce, String signature, String sourceAddress) {
        Optional<Records.Device> known =
                Names.validDevice(id)
                        ? directory.device(id).map(Directory.LiveDevice::row)
                        : Optional.empty();
        byte[] secret = known.isEmpty() ? null : known.get().secret();
        if (known.isEmpty() || secret == null || nonce.length() < 8 || nonce.length() > 64) {
            return notRecognised();
        }
        Records.Device device = known.get();
        String expected =
                HexFormat.of()
                        .formatHex(
                                MasterKey.hmac(
                                        master.decrypt(secret, "device:" + device.uid())
                                                .getBytes(StandardCharsets.UTF_8),
                                        id + "\n" + timestamp + "\n" + nonce));
        boolean signed =
                MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8),
                        signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
        if (!signed) {
            return notRecognised();
        }
        Instant now = clock.instant();
        if (!near(timestamp, now)) {
            return new TokenOutcome.Refused(
                    Refusal.CLOCK,
                    "The device's clock is more than 15 minutes off; the server's time is "
                            + now.getEpochSecond()
                            + ".");
        }
        if (!device.enabled()) {
            return new TokenOutcome.Refused(Refusal.DISABLED, "The device is disabled.");
        }
        if (!vouched(device.issuer())) {
            return new TokenOutcome.Refused(Refusal.ISSUER, NOBODY_VOUCHES);
        }
        if (!hook.allows("token", id, sourceAddress)) {
            return new TokenOutcome.Refused(
                    Refusal.HOOK, "The operator's backend did not allow the device.");
        }
        return issue(id, nonce, device, now);
    }

    private static boolean near(String timestamp, Instant now) {
        try {
            Instant time = Instant.ofEpochSecond(Long.parseLong(timestamp));
            return Duration.between(time, now).abs().compareTo(Rows.SKEW) <= 0;
        } catch (NumberFormatException | java.time.DateTimeException e) {
            return false;
        }
    }

    private static TokenOutcome notRecognised() {
        return new TokenOutcome.Refused(
                Refusal.NOT_RECOGNISED, "The device or its signature is not recognised.");
    }

    /** Writes the nonce and the time in one commit with the device's state held in place. */
    private TokenOutcome issue(String id, String nonce, Records.Device asked, Instant now) {
        byte[] nonceKey = Rows.key("nonce", id, nonce);
        byte[] key = Directory.deviceKey(id);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (rows.raw(nonceKey) != null) {
                return new TokenOutcome.Refused(
                        Refusal.REPLAYED, "The nonce was used before; send a fresh one.");
            }
            if (value == null) {
                return notRecognised();
            }
            Records.Device device = Records.decode(value, Records.Device.class);
            if (device.epoch() != asked.epoch() || !device.enabled()) {
                return notRecognised();
            }
            Records.Device next =
                    device.with(true, device.secret(), device.epoch(), now.toEpochMilli());
            long nonceEnd = Rows.nonceEnd(now);
            Batch batch =
                    Batch.builder()
                            .absent(nonceKey)
                            .holds(key, value)
                            .put(nonceKey, Records.encode(new Records.Nonce(nonceEnd)))
                            .put(key, Records.encode(next))
                            .build();
            if (rows.commitQuietly(batch)) {
                return new Issued(info(next), credentials(next, expiry.instant()));
            }
        }
        throw Rows.busy();
    }

    private TemporaryCredentials credentials(Records.Device device, Instant now) {
        Instant expires =
                Instant.ofEpochSecond(now.plus(options.deviceTokenValidity()).getEpochSecond());
        Token token =
                new Token(
                        'D',
                        "STS." + Ids.secret(24),
                        Ids.secret(40),
                        device.id(),
                        device.uid(),
                        device.epoch(),
                        expires,
                        "",
                        device.bucket(),
                        device.prefix(),
                        "");
        return new TemporaryCredentials(
                token.accessKeyId(), token.secret(), token.seal(master), expires);
    }

    @Override
    public Optional<DeviceInfo> get(String id) {
        return Optional.ofNullable(rows.get(Directory.deviceKey(id), Records.Device.class))
                .map(this::info);
    }

    @Override
    public Optional<DeviceInfo> owner(String bucket, String key) {
        return prefixes.holder(bucket, key).flatMap(this::get);
    }

    @Override
    public List<DeviceInfo> list(String after, int limit) {
        return rows.list(Rows.key("device"), after, limit, Records.Device.class).stream()
                .map(this::info)
                .toList();
    }

    @Override
    public long registrations() {
        return prefixes.changes();
    }

    @Override
    public Change<DeviceInfo> disable(String id) {
        return change(
                id,
                d -> d.with(false, d.secret(), d.epoch() + 1, d.lastToken()),
                d -> DeviceEvent.DISABLED);
    }

    @Override
    public Change<DeviceInfo> enable(String id, Caller issuer) {
        Records.Issuer by = Callers.issuer(issuer);
        return by == null
                ? handsNothingOn()
                : change(
                        id,
                        d -> d.with(true, d.secret(), d.epoch() + 1, d.lastToken()).by(by),
                        d -> d.enabled() ? DeviceEvent.TAKEN_OVER : DeviceEvent.ENABLED);
    }

    /**
     * Changes a device and tells of it.
     *
     * @param news given the device as it was, answers what its change is called
     */
    private Change<DeviceInfo> change(
            String id,
            UnaryOperator<Records.Device> change,
            Function<Records.Device, String> news) {
        byte[] key = Directory.deviceKey(id);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return noDevice(id);
            }
            Records.Device device = Records.decode(value, Records.Device.class);
            Records.Device next = change.apply(device);
            Batch.Builder batch = Batch.builder().holds(key, value).put(key, Records.encode(next));
            announcements.add(batch, DeviceEvent.of(news.apply(device), next));
            if (rows.commit(batch.build())) {
                return new Done<>(info(next));
            }
        }
        throw Rows.busy();
    }

    @Override
    public Change<DeviceInfo> delete(String id) {
        byte[] key = Directory.deviceKey(id);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return noDevice(id);
            }
            Records.Device device = Records.decode(value, Records.Device.class);
            Batch.Builder batch = Batch.builder().holds(key, value).delete(key);
            prefixes.release(batch, device);
            if (rows.commit(batch.build())) {
                return new Done<>(info(device));
            }
        }
        throw Rows.busy();
    }

    /** Whether somebody with rights stands behind it; of old, nobody was noted. */
    private boolean vouched(Records.@Nullable Issuer issuer) {
        return issuer == null || directory.stands(directory.callers().issuer(issuer, Instant.MAX));
    }

    private DeviceInfo info(Records.Device row) {
        Records.Issuer by = row.issuer();
        return new DeviceInfo(
                row.id(),
                row.bucket(),
                row.prefix(),
                row.enabled(),
                row.secret() != null,
                row.epoch(),
                Instant.ofEpochMilli(row.created()),
                row.lastToken() == 0 ? null : Instant.ofEpochMilli(row.lastToken()),
                by == null ? null : by.principal(),
                vouched(by));
    }
}
