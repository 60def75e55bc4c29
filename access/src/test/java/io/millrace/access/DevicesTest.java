package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.millrace.access.Devices.EnrolOutcome;
import io.millrace.access.Devices.Refusal;
import io.millrace.access.Devices.TokenOutcome;
import io.millrace.work.outgoing.Target;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cameras: enrolment, their tokens, and what a stolen or bent one is worth. */
class DevicesTest {
    @TempDir Path directory;
    private int nonces;

    private static String secretOf(Desk desk, String id) {
        String code =
                desk.access
                        .devices()
                        .register(id, "rec", id + "/", desk.access.root())
                        .orThrow()
                        .code();
        EnrolOutcome outcome = desk.access.devices().enrol(code, "10.0.0.9");
        return assertInstanceOf(EnrolOutcome.Enrolled.class, outcome).secret();
    }

    private TokenOutcome token(Desk desk, String id, String secret) {
        return token(
                desk, id, secret, "nonce-no-" + nonces++, desk.clock.instant().getEpochSecond());
    }

    private static TokenOutcome token(
            Desk desk, String id, String secret, String nonce, long timestamp) {
        String signature =
                HexFormat.of()
                        .formatHex(
                                MasterKey.hmac(
                                        secret.getBytes(StandardCharsets.UTF_8),
                                        id + "\n" + timestamp + "\n" + nonce));
        return desk.access
                .devices()
                .token(id, Long.toString(timestamp), nonce, signature, "10.0.0.9");
    }

    private static Refusal refusal(TokenOutcome outcome) {
        return assertInstanceOf(TokenOutcome.Refused.class, outcome).reason();
    }

    @Test
    void aDeviceEnrolsOnceAndWritesBelowItsOwnPrefixOnly() {
        try (Desk desk = new Desk(directory)) {
            Devices.Enrolment enrolment =
                    desk.access
                            .devices()
                            .register("cam1", "rec", "cams/cam1/", desk.access.root())
                            .orThrow();
            String typed = enrolment.code().toLowerCase(java.util.Locale.ROOT).replace("-", " ");
            EnrolOutcome.Enrolled enrolled =
                    assertInstanceOf(
                            EnrolOutcome.Enrolled.class,
                            desk.access.devices().enrol(typed, "10.0.0.9"));
            EnrolOutcome again = desk.access.devices().enrol(enrolment.code(), "10.0.0.9");
            assertEquals(
                    Refusal.NOT_RECOGNISED,
                    assertInstanceOf(EnrolOutcome.Refused.class, again).reason());
            TokenOutcome.Issued issued =
                    assertInstanceOf(
                            TokenOutcome.Issued.class, token(desk, "cam1", enrolled.secret()));
            Caller device = desk.resolved(issued.credentials());
            assertTrue(desk.may(device, "oss:PutObject", "rec/cams/cam1/a.ts"));
            assertTrue(desk.may(device, "oss:AppendObject", "rec/cams/cam1/a.ts"));
            assertTrue(desk.may(device, "oss:HeadObject", "rec/cams/cam1/a.ts"));
            for (String forbidden :
                    List.of(
                            "rec/cams/cam10/a.ts",
                            "rec/cams/cam2/a.ts",
                            "rec/cams/cam1",
                            "rec/cams/cam1/",
                            "other/cams/cam1/a.ts",
                            "rec/cams/x/../cam1/a.ts",
                            "rec//cams/cam1/a.ts",
                            "rec/cams%2Fcam1/a.ts",
                            "rec/CAMS/cam1/a.ts",
                            "rec")) {
                assertTrue(!desk.may(device, "oss:PutObject", forbidden), forbidden);
            }
            for (String action :
                    List.of(
                            "oss:GetObject",
                            "oss:DeleteObject",
                            "oss:ListObjects",
                            "sts:AssumeRole",
                            "camera:Play")) {
                assertTrue(!desk.may(device, action, "rec/cams/cam1/a.ts"), action);
            }
        }
    }

    @Test
    void aDisabledDevicesTokenIsRefusedFromTheNextRequestOn() {
        try (Desk desk = new Desk(directory)) {
            String secret = secretOf(desk, "cam1");
            TemporaryCredentials credentials =
                    assertInstanceOf(TokenOutcome.Issued.class, token(desk, "cam1", secret))
                            .credentials();
            Caller running = desk.resolved(credentials);
            desk.access.devices().disable("cam1").orThrow();
            assertInstanceOf(
                    Resolution.TokenInvalid.class,
                    desk.access.resolve(credentials.accessKeyId(), credentials.securityToken()));
            assertTrue(!desk.may(running, "oss:PutObject", "rec/cam1/a"));
            assertEquals(Refusal.DISABLED, refusal(token(desk, "cam1", secret)));
            desk.access.devices().enable("cam1", desk.access.root()).orThrow();
            assertInstanceOf(
                    Resolution.TokenInvalid.class,
                    desk.access.resolve(credentials.accessKeyId(), credentials.securityToken()));
            assertInstanceOf(TokenOutcome.Issued.class, token(desk, "cam1", secret));
        }
    }

    @Test
    void theOperatorsBackendIsAskedFirstAndItsSilenceIsANo() throws Exception {
        AtomicReference<String> answer = new AtomicReference<>("{\"allow\":true}");
        AtomicReference<String> asked = new AtomicReference<>("");
        HttpServer backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        backend.createContext(
                "/",
                exchange -> {
                    asked.set(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8));
                    byte[] out = answer.get().getBytes(StandardCharsets.UTF_8);
                    if (answer.get().equals("silence")) {
                        try {
                            Thread.sleep(7000);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                    exchange.sendResponseHeaders(200, out.length);
                    exchange.getResponseBody().write(out);
                    exchange.close();
                });
        backend.start();
        Target hook =
                Target.of(
                        Access.DEVICE_HOOK,
                        "http://127.0.0.1:" + backend.getAddress().getPort() + "/devices");
        AccessOptions options =
                AccessOptions.defaults().withDeviceHook(hook, Duration.ofSeconds(5));
        try (Desk desk = new Desk(directory, options)) {
            String secret = secretOf(desk, "cam1");
            assertInstanceOf(TokenOutcome.Issued.class, token(desk, "cam1", secret));
            assertTrue(asked.get().contains("\"device\":\"cam1\""), asked.get());
            for (String no :
                    List.of("{\"allow\":false}", "{\"allow\":\"true\"}", "[]", "", "silence")) {
                answer.set(no);
                assertEquals(Refusal.HOOK, refusal(token(desk, "cam1", secret)), no);
            }
            backend.stop(0);
            assertEquals(Refusal.HOOK, refusal(token(desk, "cam1", secret)));
        }
    }

    @Test
    void ofRegistrationsThatRaceForOnePlaceOneWins() throws Exception {
        try (Desk desk = new Desk(directory)) {
            Devices devices = desk.access.devices();
            for (int round = 0; round < 20; round++) {
                String at = "r" + round + "/";
                List<String> wanted = List.of(at, at + "a/", at + "a/b/", at, at + "a/");
                List<java.util.concurrent.Future<Boolean>> won = new java.util.ArrayList<>();
                try (var threads =
                        java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
                    for (int i = 0; i < wanted.size(); i++) {
                        String id = "d" + round + "-" + i;
                        String prefix = wanted.get(i);
                        won.add(
                                threads.submit(
                                        () ->
                                                devices.register(
                                                                id,
                                                                "rec",
                                                                prefix,
                                                                desk.access.root())
                                                        .done()
                                                        .isPresent()));
                    }
                }
                int winners = 0;
                for (var one : won) {
                    winners += one.get() ? 1 : 0;
                }
                assertEquals(1, winners, "round " + round);
            }
        }
    }
}
