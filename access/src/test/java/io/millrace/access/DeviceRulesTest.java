package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Devices.DeviceInfo;
import io.millrace.access.Devices.EnrolOutcome;
import io.millrace.access.Devices.Enrolment;
import io.millrace.access.Devices.Refusal;
import io.millrace.access.Devices.TokenOutcome;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.work.outgoing.Announcements;
import io.millrace.work.outgoing.Event;
import io.millrace.work.outgoing.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device must show to get in, what it gets, and what stands in the audit trail of it. */
class DeviceRulesTest {
    private static final String ADDRESS = "10.0.0.9";
    private static final Target NOBODY_ANSWERS =
            Target.of(Access.DEVICE_HOOK, "http://127.0.0.1:1/");

    @TempDir Path directory;
    private Parts parts;
    private StoredDevices devices;
    private Caller root;

    @BeforeEach
    void open() {
        parts = new Parts(directory);
        devices = parts.devices;
        root = parts.directory.callers().root();
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private Enrolment registered(String id) {
        return devices.register(id, "rec", id + "/", root).orThrow();
    }

    private String secretOf(String id) {
        return enrolled(devices.enrol(registered(id).code(), ADDRESS)).secret();
    }

    private static EnrolOutcome.Enrolled enrolled(EnrolOutcome outcome) {
        return assertInstanceOf(EnrolOutcome.Enrolled.class, outcome, outcome.toString());
    }

    private Refusal enrolRefused(String code) {
        return assertInstanceOf(EnrolOutcome.Refused.class, devices.enrol(code, ADDRESS)).reason();
    }

    private static TokenOutcome.Issued issued(TokenOutcome outcome) {
        return assertInstanceOf(TokenOutcome.Issued.class, outcome, outcome.toString());
    }

    private static Refusal refused(TokenOutcome outcome) {
        return assertInstanceOf(TokenOutcome.Refused.class, outcome, outcome.toString()).reason();
    }

    private long seconds() {
        return parts.clock.instant().getEpochSecond();
    }

    private TokenOutcome token(String id, String secret, String nonce, Object timestamp) {
        String signature =
                HexFormat.of()
                        .withUpperCase()
                        .formatHex(
                                MasterKey.hmac(
                                        secret.getBytes(StandardCharsets.UTF_8),
                                        id + "\n" + timestamp + "\n" + nonce));
        return devices.token(id, timestamp.toString(), nonce, signature, ADDRESS);
    }

    private Records.Device row(String id) {
        return java.util.Objects.requireNonNull(
                parts.rows.get(Directory.deviceKey(id), Records.Device.class));
    }

    private static void busy(Supplier<?> change, Parts parts) {
        parts.commits.answer(19, new CommitOutcome.Conflict(0));
        change.get();
        parts.commits.answer(20, new CommitOutcome.Conflict(0));
        AccessException busy = assertThrows(AccessException.class, change::get);
        assertEquals("Too many changes at once; try again.", busy.getMessage());
    }

    @Test
    void aDeviceIsAsRegistered() {
        parts.clock.advance(Duration.ofSeconds(1));
        Enrolment made = devices.register("cam1", "rec", "cams/cam1/", root).orThrow();
        Instant created = Parts.NOON.plusSeconds(1);
        assertEquals(
                new DeviceInfo(
                        "cam1", "rec", "cams/cam1/", true, false, 1, created, null, "root", true),
                made.device());
        assertEquals(created.plus(Duration.ofMinutes(15)), made.expires());
        assertTrue(made.code().matches("([0-9A-Z]{4}-){3}[0-9A-Z]{4}"), made.code());
        assertTrue(row("cam1").uid().matches("d[A-Za-z0-9]{15}"), row("cam1").uid());
        assertEquals(Optional.of(made.device()), devices.get("cam1"));
        assertEquals(Optional.empty(), devices.get("cam2"));
        assertEquals(
                new Change.Taken<>("The device cam1 exists already."),
                devices.register("cam1", "rec", "elsewhere/", root));
        assertEquals(made.device(), devices.delete("cam1").orThrow());
        assertEquals(Optional.empty(), devices.get("cam1"));
    }

    @Test
    void idsBucketsAndPrefixesAreChecked() {
        Change<Enrolment> id =
                new Change.Invalid<>(
                        "A device's id has 1 to 64 letters, digits and . _ - and begins with a"
                                + " letter or digit.");
        assertEquals(id, devices.register("cam@1", "rec", "p/", root));
        Change<Enrolment> place =
                new Change.Invalid<>(
                        "A device needs a bucket and a prefix of its own like cameras/cam1/, ending"
                                + " with a slash.");
        assertEquals(place, devices.register("cam1", "", "p/", root));
        assertEquals(place, devices.register("cam1", "b".repeat(64), "p/", root));
        for (String prefix :
                List.of(
                        "",
                        "/",
                        "p",
                        "/p/",
                        "./",
                        "p/../q/",
                        "p//q/",
                        "p/./",
                        "\\/",
                        "p\\q/",
                        "p\u001f/",
                        "p\u007f/",
                        "\u0000/",
                        "p".repeat(512) + "/")) {
            assertEquals(place, devices.register("cam1", "rec", prefix, root), prefix);
        }
        devices.register("cam1", "b".repeat(63), "p/", root).orThrow();
        devices.register("cam2", "b", "p".repeat(511) + "/", root).orThrow();
        devices.register("cam3", "b", " ~\u0080/", root).orThrow();
    }

    @Test
    void devicesAreListedInOrderAndTheirComingsAndGoingsCounted() {
        registered("b");
        registered("a");
        assertEquals(2, devices.registrations());
        assertEquals(List.of("a", "b"), devices.list("", 9).stream().map(DeviceInfo::id).toList());
        assertEquals(List.of("b"), devices.list("a", 9).stream().map(DeviceInfo::id).toList());
        devices.delete("a").orThrow();
        assertEquals(3, devices.registrations());
    }

    @Test
    void everyChangeOfADeviceIsTriedAgainAndGivenUpInTheEnd() {
        registered("cam1");
        busy(() -> devices.disable("cam1").orThrow(), parts);
        busy(() -> devices.newCode("cam1", root).orThrow(), parts);
        int[] next = {0};
        busy(() -> registered("more" + next[0]++), parts);
        registered("gone0");
        registered("gone1");
        int[] gone = {0};
        busy(() -> devices.delete("gone" + gone[0]++).orThrow(), parts);
    }

    @Test
    void disablingAndEnablingEndTokensAndKeepTheRest() {
        String secret = secretOf("cam1");
        issued(token("cam1", secret, "nonce-01", seconds()));
        Records.Device before = row("cam1");
        assertEquals(2, before.epoch());
        DeviceInfo off = devices.disable("cam1").orThrow();
        assertEquals(
                new DeviceInfo(
                        "cam1",
                        "rec",
                        "cam1/",
                        false,
                        true,
                        3,
                        Parts.NOON,
                        Parts.NOON,
                        "root",
                        true),
                off);
        assertEquals(Refusal.DISABLED, refused(token("cam1", secret, "nonce-02", seconds())));
        DeviceInfo on = devices.enable("cam1", root).orThrow();
        assertEquals(
                new DeviceInfo(
                        "cam1",
                        "rec",
                        "cam1/",
                        true,
                        true,
                        4,
                        Parts.NOON,
                        Parts.NOON,
                        "root",
                        true),
                on);
        assertEquals(Optional.of(on), devices.get("cam1"));
        Change<?> none = new Change.NotFound<>("There is no device cam9.");
        assertEquals(none, devices.disable("cam9"));
        assertEquals(none, devices.enable("cam9", root));
        assertEquals(none, devices.delete("cam9"));
        assertEquals(none, devices.newCode("cam9", root));
    }

    @Test
    void codesAreDrawnFromTheWholeAlphabetAndTypedAsPeopleDo() {
        Enrolment last = registered("cam1");
        Set<Integer> seen = last.code().chars().boxed().collect(Collectors.toSet());
        while (seen.size() < 33 || !last.code().contains("0") || !last.code().contains("1")) {
            last = devices.newCode("cam1", root).orThrow();
            last.code().chars().forEach(seen::add);
        }
        assertTrue(seen.stream().noneMatch(c -> "OIL".indexOf(c) >= 0), "nothing looks alike");
        String typed = last.code().toLowerCase(Locale.ROOT).replace('-', ' ');
        typed = typed.replace('0', 'o').replaceFirst("1", "l").replace('1', 'i');
        assertEquals(Refusal.NOT_RECOGNISED, enrolRefused(typed + " ".repeat(65 - typed.length())));
        enrolled(devices.enrol(typed + "-".repeat(64 - typed.length()), ADDRESS));
        assertEquals(Refusal.NOT_RECOGNISED, enrolRefused(last.code()), "it works once");
    }

    @Test
    void aCodeEnrolsItsOwnDeviceForFifteenMinutes() {
        Enrolment one = registered("cam1");
        Enrolment two = registered("cam2");
        assertEquals("cam1", enrolled(devices.enrol(one.code(), ADDRESS)).device().id());
        parts.clock.advance(Duration.ofMinutes(15).minusMillis(1));
        DeviceInfo info = enrolled(devices.enrol(two.code(), ADDRESS)).device();
        assertEquals(
                new DeviceInfo(
                        "cam2", "rec", "cam2/", true, true, 2, Parts.NOON, null, "root", true),
                info);
        String late = devices.newCode("cam1", root).orThrow().code();
        parts.clock.advance(Duration.ofMinutes(15));
        assertEquals(Refusal.NOT_RECOGNISED, enrolRefused(late));
        assertEquals(Refusal.NOT_RECOGNISED, enrolRefused("AAAA-AAAA-AAAA-AAAA"));
    }

    @Test
    void aCodeOfADeviceThatIsGoneDisabledOrAnotherOneIsRefused() {
        String gone = registered("cam1").code();
        devices.delete("cam1").orThrow();
        assertEquals(Refusal.NOT_RECOGNISED, enrolRefused(gone));
        String fresh = registered("cam1").code();
        assertEquals(Refusal.NOT_RECOGNISED, enrolRefused(gone), "made anew under its name");
        devices.disable("cam1").orThrow();
        assertEquals(Refusal.DISABLED, enrolRefused(fresh));
        devices.enable("cam1", root).orThrow();
        parts.hook = NOBODY_ANSWERS;
        assertEquals(Refusal.HOOK, enrolRefused(fresh));
        parts.hook = null;
        parts.commits.answer(1, new CommitOutcome.Conflict(0));
        assertEquals(Refusal.NOT_RECOGNISED, enrolRefused(fresh), "somebody else was faster");
        assertEquals(43, enrolled(devices.enrol(fresh, ADDRESS)).secret().length());
    }

    @Test
    void aFreshSecretEndsTheOldOneAndItsTokens() {
        String old = secretOf("cam1");
        String code = devices.newCode("cam1", root).orThrow().code();
        TokenOutcome.Issued still = issued(token("cam1", old, "nonce-01", seconds()));
        assertEquals(2, still.device().epoch(), "until the code is used");
        parts.clock.advance(Duration.ofSeconds(1));
        EnrolOutcome.Enrolled again = enrolled(devices.enrol(code, ADDRESS));
        assertEquals(3, again.device().epoch());
        assertEquals(Parts.NOON, again.device().lastToken());
        assertEquals(Refusal.NOT_RECOGNISED, refused(token("cam1", old, "nonce-02", seconds())));
        issued(token("cam1", again.secret(), "nonce-03", seconds()));
    }

    @Test
    void aTokenIsForTheDevicesOwnPlaceAndAnHour() {
        String secret = secretOf("cam1");
        parts.clock.advance(Duration.ofMillis(2_345));
        TokenOutcome.Issued issued = issued(token("cam1", secret, "nonce-01", seconds()));
        Instant asked = Parts.NOON.plusMillis(2_345);
        assertEquals(
                new DeviceInfo(
                        "cam1", "rec", "cam1/", true, true, 2, Parts.NOON, asked, "root", true),
                issued.device());
        TemporaryCredentials given = issued.credentials();
        assertEquals(Parts.NOON.plusSeconds(3_602), given.expiration());
        assertTrue(given.accessKeyId().matches("STS\\.[A-Za-z0-9]{24}"), given.accessKeyId());
        assertEquals(40, given.accessKeySecret().length());
        assertEquals(
                new Token(
                        'D',
                        given.accessKeyId(),
                        given.accessKeySecret(),
                        "cam1",
                        row("cam1").uid(),
                        2,
                        given.expiration(),
                        "",
                        "rec",
                        "cam1/",
                        ""),
                Token.open(given.securityToken(), parts.master));
    }

    @Test
    void noncesHaveEightToSixtyFourCharacters() {
        String secret = secretOf("cam1");
        for (int length : new int[] {7, 65}) {
            assertEquals(
                    Refusal.NOT_RECOGNISED,
                    refused(token("cam1", secret, "n".repeat(length), seconds())));
        }
        issued(token("cam1", secret, "n".repeat(8), seconds()));
        issued(token("cam1", secret, "n".repeat(64), seconds()));
    }

    @Test
    void theDevicesClockMayBeFifteenMinutesOff() {
        String secret = secretOf("cam1");
        issued(token("cam1", secret, "nonce-01", seconds() - 900));
        issued(token("cam1", secret, "nonce-02", seconds() + 900));
        for (Object off : new Object[] {seconds() - 901, seconds() + 901, "x", Long.MAX_VALUE}) {
            TokenOutcome.Refused refused =
                    assertInstanceOf(
                            TokenOutcome.Refused.class, token("cam1", secret, "nonce-03", off));
            assertEquals(Refusal.CLOCK, refused.reason());
            assertEquals(
                    "The device's clock is more than 15 minutes off; the server's time is "
                            + seconds()
                            + ".",
                    refused.message());
        }
    }

    @Test
    void whoHasNoSecretOrIsAskedAboutInVainGetsNothing() {
        registered("cam1");
        assertEquals(Refusal.NOT_RECOGNISED, refused(token("cam1", "s", "nonce-01", seconds())));
        assertEquals(Refusal.NOT_RECOGNISED, refused(token("cam9", "s", "nonce-01", seconds())));
        assertEquals(Refusal.NOT_RECOGNISED, refused(token("../x", "s", "nonce-01", seconds())));
        String secret = secretOf("cam2");
        assertEquals(Refusal.NOT_RECOGNISED, refused(token("cam2", "s", "nonce-01", seconds())));
        parts.hook = NOBODY_ANSWERS;
        assertEquals(Refusal.HOOK, refused(token("cam2", secret, "nonce-01", seconds())));
    }

    @Test
    void aNonceIsRefusedAsLongAsItsTimestampIsNear() {
        String secret = secretOf("cam1");
        long ahead = seconds() + 900;
        issued(token("cam1", secret, "nonce-01", ahead));
        assertEquals(Refusal.REPLAYED, refused(token("cam1", secret, "nonce-01", ahead)));
        Records.Nonce kept =
                parts.rows.get(Rows.key("nonce", "cam1", "nonce-01"), Records.Nonce.class);
        assertNotNull(kept);
        parts.clock.advance(Duration.ofMinutes(30));
        assertEquals(
                Refusal.REPLAYED,
                refused(token("cam1", secret, "nonce-01", ahead)),
                "near to the last moment");
        assertEquals(parts.clock.millis() + 1, kept.expires(), "and no sweep takes it till then");
        parts.clock.advance(Duration.ofMillis(1));
        assertEquals(Refusal.CLOCK, refused(token("cam1", secret, "nonce-01", ahead)));
    }

    @Test
    void whatHappensToTheDeviceMeanwhileCounts() {
        String secret = secretOf("cam1");
        Records.Device row = row("cam1");
        byte[] key = Directory.deviceKey("cam1");
        parts.commits.before(() -> parts.elsewhere(key, row.with(true, row.secret(), 2, 7)));
        issued(token("cam1", secret, "nonce-01", seconds()));
        for (Runnable meanwhile :
                List.<Runnable>of(
                        () -> parts.elsewhere(key, row.with(true, row.secret(), 3, 7)),
                        () -> parts.elsewhere(key, row.with(false, row.secret(), 2, 7)),
                        () -> parts.elsewhereGone(key))) {
            parts.commits.before(meanwhile);
            TokenOutcome outcome = token("cam1", secret, "nonce-02", seconds());
            assertEquals(Refusal.NOT_RECOGNISED, refused(outcome));
            parts.elsewhere(key, row);
            parts.clock.advance(Duration.ofSeconds(1));
        }
        parts.commits.answer(19, new CommitOutcome.Conflict(0));
        issued(token("cam1", secret, "nonce-03", seconds()));
        parts.commits.answer(20, new CommitOutcome.Conflict(0));
        assertThrows(AccessException.class, () -> token("cam1", secret, "nonce-04", seconds()));
    }

    @Test
    void whoGotInAndWhoTriedStandsInTheTrailButNoFlood() {
        String code = registered("cam1").code();
        enrolRefused("wrong");
        String secret = enrolled(devices.enrol(code, ADDRESS)).secret();
        String id =
                issued(token("cam1", secret, "nonce-01", seconds())).credentials().accessKeyId();
        token("cam1", "wrong", "nonce-02", seconds());
        token("../x", "wrong", "nonce-02", seconds());
        String device = "acs:ram::100000000000:device/";
        assertEquals(
                List.of(
                        event(device, "device.enrol", "", "denied", "NOT_RECOGNISED"),
                        event(device + "cam1", "device.enrol", "_camera/cam1", "done", ""),
                        event(device + "cam1", "device.token", "_camera/cam1", "done", id),
                        event(
                                device + "cam1",
                                "device.token",
                                "_camera/cam1",
                                "denied",
                                "NOT_RECOGNISED"),
                        event(device, "device.token", "", "denied", "NOT_RECOGNISED")),
                parts.noted);
        parts.noted.clear();
        for (int i = 1; i < 10; i++) {
            assertEquals(Refusal.NOT_RECOGNISED, refused(token("cam1", "x", "nonce-02", 1)));
        }
        parts.noted.clear();
        assertEquals(Refusal.TOO_MANY, refused(token("cam1", "x", "nonce-02", 1)));
        assertEquals(List.of(), parts.noted);
        assertEquals(
                Refusal.NOT_RECOGNISED, refused(token("cam2", "x", "nonce-02", 1)), "by device");
        for (int i = 1; i < 10; i++) {
            token("*" + i, "x", "nonce-02", 1);
        }
        assertEquals(
                Refusal.TOO_MANY,
                refused(token("*", "x", "nonce-02", 1)),
                "what is no id counts as one");
        parts.clock.advance(Duration.ofSeconds(1));
        issued(token("cam1", secret, "nonce-05", seconds()));
    }

    /** Anybody can send what isn't signed. */
    @Test
    void aStrangerKeepsNoCameraFromItsToken() {
        String secret = enrolled(devices.enrol(registered("cam1").code(), ADDRESS)).secret();
        String now = Long.toString(seconds());
        for (int i = 0; i < 1_000; i++) {
            devices.token("cam1", now, "nonce-01", "x", "192.0.2." + i % 256);
        }
        issued(token("cam1", secret, "nonce-02", seconds()));
    }

    private static Audit.Event event(
            String actor, String action, String resource, String decision, String detail) {
        return new Audit.Event(actor, action, resource, decision, detail, "", ADDRESS);
    }

    @Test
    void whatFailsTooOftenAtAnAddressIsFollowedByPausesThereAlone() {
        for (int i = 0; i < 150; i++) {
            assertEquals(Refusal.NOT_RECOGNISED, enrolRefused("wrong" + i));
            assertEquals(Refusal.NOT_RECOGNISED, refused(token("c" + i, "x", "nonce-01", 1)));
        }
        assertEquals(Refusal.TOO_MANY, enrolRefused("wrong"));
        assertEquals(Refusal.TOO_MANY, refused(token("cam1", "x", "nonce-01", 1)));
        assertInstanceOf(
                EnrolOutcome.Refused.class, devices.enrol("wrong", "10.0.0.10"), "by address");
        parts.clock.advance(Duration.ofSeconds(2));
        assertEquals(Refusal.NOT_RECOGNISED, refused(token("cam1", "x", "nonce-01", 1)));
    }

    @Test
    void twoHundredCamerasBehindOneAddressAskAsOftenAsTheyLike() {
        String secret = enrolled(devices.enrol(registered("cam1").code(), ADDRESS)).secret();
        for (int i = 0; i < 500; i++) {
            issued(token("cam1", secret, "nonce-%04d".formatted(i), seconds()));
        }
    }

    private static String taken(Change<?> change) {
        return assertInstanceOf(Change.Taken.class, change, change.toString()).message();
    }

    @Test
    void aPrefixIsOneDevicesOwn() {
        devices.register("yard", "rec", "site/yard/", root).orThrow();
        for (String prefix : List.of("site/yard/", "site/", "site/yard/left/")) {
            assertEquals(
                    "The prefix "
                            + prefix
                            + " in rec is the device yard's, or lies around or within its prefix.",
                    taken(devices.register("other", "rec", prefix, root)));
        }
        devices.register("elsewhere", "rec2", "site/", root).orThrow();
        devices.register("ya", "rec", "site/ya/", root).orThrow();
        assertEquals(Optional.of("yard"), owner("rec", "site/yard/a.ts"));
        assertEquals(Optional.of("yard"), owner("rec", "site/yard/b/c/a.ts"));
        assertEquals(Optional.of("ya"), owner("rec", "site/ya/"));
        for (String key : List.of("site/a.ts", "a.ts", "/a.ts", "", "site/yard")) {
            assertEquals(Optional.empty(), owner("rec", key), key);
        }
        devices.delete("yard").orThrow();
        assertEquals(Optional.empty(), owner("rec", "site/yard/a.ts"));
        devices.register("left", "rec", "site/yard/left/", root).orThrow();
    }

    private Optional<String> owner(String bucket, String key) {
        return devices.owner(bucket, key).map(DeviceInfo::id);
    }

    @Test
    void ofTwoNodesThatRegisterAtOnceTheSecondLooksAgain() {
        StoredDevices otherNode = devicesOver(new Rows(parts.keySpace));
        parts.commits.before(() -> otherNode.register("cam1", "rec", "site/yard/", root).orThrow());
        assertEquals(
                "The prefix site/ in rec is the device cam1's, or lies around or within its prefix.",
                taken(devices.register("cam2", "rec", "site/", root)));
        parts.commits.before(() -> otherNode.register("cam3", "rec", "three/", root).orThrow());
        assertEquals(
                "The device cam3 exists already.",
                taken(devices.register("cam3", "rec", "x/", root)));
        parts.commits.before(() -> otherNode.register("cam4", "rec", "four/", root).orThrow());
        devices.register("cam5", "rec", "five/", root).orThrow();
        assertEquals(Optional.of("cam5"), owner("rec", "five/a"));
        parts.commits.before(() -> otherNode.register("cam6", "rec", "six/a/", root).orThrow());
        assertTrue(
                taken(devices.register("cam7", "rec", "six/", root)).contains("cam6"),
                "ever again");
    }

    private StoredDevices devicesOver(Rows rows) {
        return new StoredDevices(
                rows,
                parts.directory,
                parts.master,
                AccessOptions.defaults(),
                new DeviceHook(Optional::empty, null, Duration.ofSeconds(9)),
                Announcements.NONE,
                parts.audit,
                parts.clock.clocks());
    }

    @Test
    void whoSubscribedHearsWhoWasLetInTakenOverAndShutOut() {
        Caller.User other = parts.user("other", Desk.allow("*", "*"));
        String code = devices.register("cam8", "rec", "eight/", root).orThrow().code();
        assertEquals(List.of(), parts.told, "registering lets nobody in");
        devices.enrol(code, "10.0.0.9");
        devices.enrol(code, "10.0.0.9");
        devices.enable("cam8", other).orThrow();
        devices.disable("cam8").orThrow();
        devices.enable("cam8", root).orThrow();
        devices.disable("nobody");
        String by = devices.get("cam8").orElseThrow().issuer();
        assertEquals(
                List.of(
                        told("enrolled", by),
                        told("taken-over", "user/other"),
                        told("disabled", "user/other"),
                        told("enabled", by)),
                parts.told);
    }

    private static Event told(String type, @Nullable String issuer) {
        return new Event(
                "io.millrace.device." + type,
                "devices/cam8",
                new DeviceEvent("cam8", "rec", "eight/", issuer));
    }

    /** Version 0.1 let devices share a prefix and kept no rows of them. */
    @Test
    void devicesOfVersion01GetTheirPrefixesOnceTheFirstIdFirst() {
        parts.elsewhereGone(Rows.key("meta", "device-prefixes"));
        for (int i = 0; i < 3; i++) {
            String id = "c100" + i;
            parts.elsewhere(
                    Directory.deviceKey(id),
                    new Records.Device("u" + i, id, "rec", "shared/", true, null, 1, 0, 0, null));
        }
        Records.Device last =
                new Records.Device("ul", "z", "rec", "last/", true, null, 1, 0, 0, null);
        parts.elsewhere(Directory.deviceKey("z"), last);
        StoredDevices upgraded = devicesOver(new Rows(parts.keySpace));
        assertEquals("c1000", upgraded.owner("rec", "shared/a").orElseThrow().id());
        assertEquals("z", upgraded.owner("rec", "last/a").orElseThrow().id());
        upgraded.delete("c1001").orThrow();
        assertEquals("c1000", upgraded.owner("rec", "shared/a").orElseThrow().id());
        upgraded.delete("c1000").orThrow();
        assertEquals(Optional.empty(), upgraded.owner("rec", "shared/a"));
        StoredDevices again = devicesOver(new Rows(parts.keySpace));
        assertEquals(Optional.empty(), again.owner("rec", "shared/a"), "not a second time");
    }
}
