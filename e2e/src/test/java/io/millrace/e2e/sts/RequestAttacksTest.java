package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.e2e.DeviceClient;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Known attacks by the form of requests: signatures, headers, framing, bodies. */
@Timeout(120)
class RequestAttacksTest extends AttackRig {
    /** The shape of CVE-2025-31489: the body's form decided whether the signature was looked at. */
    @Test
    void anUnsignedTrailerUploadWithAForgedOrMixedCredential() throws Exception {
        String form = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        String body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        SignedRequest request =
                plain(
                        "PUT",
                        "/records/secret/forged",
                        "x-amz-decoded-content-length",
                        "5",
                        "content-encoding",
                        "aws-chunked",
                        "x-amz-trailer",
                        "x-amz-checksum-crc32");
        Instant now = Instant.now();
        SignedRequest good =
                request.with(new SigV4Signer(ROOT, "local", "s3").sign(request, form, now));
        String signature = good.header("Authorization");
        AccessKey backend = new AccessKey(server.backend.id(), server.backend.secret());
        List<AccessKey> forged =
                List.of(
                        new AccessKey(ROOT.id(), "guessed"),
                        new AccessKey(ROOT.id(), backend.secret()),
                        new AccessKey(ROOT.id(), session.secret(), session.securityToken()),
                        new AccessKey(session.id(), session.secret()),
                        new AccessKey(backend.id(), backend.secret(), session.securityToken()));
        for (AccessKey each : forged) {
            refused(
                    send(
                            request.with(
                                    new SigV4Signer(each, "local", "s3").sign(request, form, now)),
                            body),
                    each.id());
        }
        for (@Nullable String bent :
                new @Nullable String[] {
                    null,
                    String.valueOf(signature)
                            .replaceFirst("Signature=.*", "Signature=" + "0".repeat(64)),
                    String.valueOf(signature).replaceFirst("Signature=.*", "Signature="),
                    String.valueOf(signature).replaceFirst(", Signature=.*", "")
                }) {
            List<Map.Entry<String, String>> sent = new ArrayList<>(good.headers());
            sent.removeIf(h -> h.getKey().equals("Authorization"));
            if (bent != null) {
                sent.add(Map.entry("Authorization", bent));
            }
            refused(
                    send(new SignedRequest("PUT", good.rawPath(), "", sent), body),
                    String.valueOf(bent));
        }
        String link =
                new SigV4Signer(new AccessKey(ROOT.id(), "guessed"), "local", "s3")
                        .presign(
                                plain("PUT", "/records/secret/forged"), Duration.ofMinutes(5), now);
        refused(
                send(
                        new SignedRequest("PUT", good.rawPath(), link, request.headers()),
                        body,
                        "x-amz-content-sha256: " + form),
                "a forged link");
        assertEquals(404, s3(ROOT, "HEAD", "/records/secret/forged", "").status());
    }

    @Test
    void anExpiredFutureForeignTamperedOrReplayedRequest() throws Exception {
        Instant now = Instant.now();
        for (Duration off :
                List.of(
                        Duration.ofMinutes(-16),
                        Duration.ofMinutes(16),
                        Duration.ofDays(-1),
                        Duration.ofDays(365))) {
            refused(send(signedS3(ROOT, now.plus(off), "", plain("DELETE", SECRET)), ""), "" + off);
            refused(send(signedOss(ROOT, now.plus(off), plain("DELETE", SECRET)), ""), "" + off);
        }
        String ended =
                new SigV4Signer(ROOT, "local", "s3")
                        .presign(
                                plain("GET", SECRET), Duration.ofSeconds(60), now.minusSeconds(61));
        refused(send(plain("GET", SECRET + "?" + ended), ""), "a link that has ended");
        for (AccessKey by :
                List.of(
                        new AccessKey("NOBODY", ROOT.secret()),
                        new AccessKey(ROOT.id(), "other"),
                        new AccessKey(ROOT.id().toLowerCase(Locale.ROOT), ROOT.secret()))) {
            assertEquals(403, s3(by, "DELETE", SECRET, "").status());
            assertEquals(403, oss(by, "DELETE", SECRET, "").status());
        }
        for (SignedRequest good :
                List.of(
                        signedS3(ROOT, now, "mine", plain("PUT", OWN + "t", "x-amz-meta-a", "1")),
                        signedOss(ROOT, now, plain("PUT", OWN + "t", "x-oss-meta-a", "1")))) {
            boolean s3 = good.header("x-amz-date") != null;
            refused(send(with(good, "DELETE", good.rawPath(), ""), ""), "another method");
            refused(send(with(good, "PUT", SECRET, ""), "mine"), "another key");
            refused(send(with(good, "PUT", good.rawPath(), "acl"), "mine"), "another operation");
            if (s3) {
                refused(send(good, "evil"), "another body");
            }
            List<Map.Entry<String, String>> bent = new ArrayList<>(good.headers());
            bent.replaceAll(h -> h.getKey().contains("-meta-") ? Map.entry(h.getKey(), "2") : h);
            refused(
                    send(new SignedRequest("PUT", good.rawPath(), "", bent), "mine"),
                    "another header");
            assertEquals(200, send(good, "mine").status(), "as it was signed");
        }
        SignedRequest append =
                signedOss(session, now, plain("POST", OWN + "log?append&position=0"));
        assertEquals(200, send(append, "line").status());
        assertEquals(409, send(append, "line").status(), "a replayed append adds nothing");
        assertEquals("line", s3(session, "GET", OWN + "log", "").body());

        String code =
                server.access
                        .devices()
                        .register("replay", "records", "cams/cam1/dev/", server.access.root())
                        .orThrow()
                        .code();
        String secret =
                DeviceClient.enrol(server.endpoint(), code).body().path("deviceSecret").asText();
        HttpRequest ask = DeviceClient.asking(server.endpoint(), "replay", secret);
        assertEquals(200, DeviceClient.send(ask).status());
        assertEquals(403, DeviceClient.send(ask).status(), "a replayed request for a token");
    }

    private static SignedRequest with(
            SignedRequest good, String method, String path, String query) {
        return new SignedRequest(method, path, query, good.headers());
    }

    @Test
    void aVendorHeaderThatIsNotSigned() throws Exception {
        Instant now = Instant.now();
        for (String line :
                List.of(
                        "x-oss-copy-source: /records/secret/k",
                        "x-amz-copy-source: /records/secret/k",
                        "X-Oss-Object-Acl: public-read",
                        "x-amz-acl: public-read",
                        "x-oss-meta-a: b",
                        "x-amz-security-token: x",
                        "x-oss-security-token: x")) {
            refused(send(signedS3(ROOT, now, "", plain("PUT", OWN + "h")), "", line), line);
            refused(send(signedOss(ROOT, now, plain("PUT", OWN + "h")), "", line), line);
        }
        assertEquals(404, s3(ROOT, "HEAD", OWN + "h", "").status());
    }

    @Test
    void aSecondAuthorizationOrDate() throws Exception {
        Instant now = Instant.now();
        SignedRequest mine = signedS3(session, now, "", plain("GET", SECRET));
        SignedRequest roots = signedS3(ROOT, now, "", plain("GET", SECRET));
        SignedRequest rootsOss = signedOss(ROOT, now, plain("GET", SECRET));
        for (String line :
                List.of(
                        "Authorization: " + mine.header("Authorization"),
                        "authorization: " + roots.header("Authorization"),
                        "Authorization: Basic eDp5",
                        "Authorization: ",
                        "X-Amz-Date: " + roots.header("x-amz-date"),
                        "x-amz-date: 20200101T000000Z")) {
            refused(send(roots, "", line), line);
            refused(send(mine, "", line), line);
        }
        refused(send(rootsOss, "", "Authorization: " + rootsOss.header("Authorization")), "OSS");
        refused(send(rootsOss, "", "x-oss-date: " + rootsOss.header("x-oss-date")), "OSS date");
        assertEquals("secret", send(roots, "").body());
    }

    /** What would be read behind the first request is one that root signed, and would be done. */
    @Test
    void aRequestSmuggledBehindAnother() throws Exception {
        String hidden =
                wire(
                        signedS3(ROOT, Instant.now(), "", plain("PUT", "/records/secret/smuggled")),
                        "",
                        "Content-Length: 0");
        String host = "Host: " + host() + "\r\n";
        for (String first :
                List.of(
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n"
                                + host
                                + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
                        "POST /records/x HTTP/1.1\r\n" + host + "Content-Length: +0\r\n\r\n",
                        "GET /records/x HTTP/1.1\r\n" + host + "X-A: b\r\n folded: c\r\n\r\n",
                        "GET /records/x HTTP/1.1\r\n"
                                + host
                                + "X-A: b\r\n\tContent-Length: 0\r\n\r\n",
                        "GET http://elsewhere/records/x HTTP/1.1\r\n" + host + "\r\n",
                        "GET /records/x HTTP/1.1\r\n" + host + "Host: elsewhere\r\n\r\n",
                        "GET /records/x HTTP/1.1\r\n\r\n")) {
            Answer answer = raw(first + hidden);
            refused(answer, first);
            assertTrue(answer.text().split("HTTP/1\\.1 ", -1).length <= 2, answer.text());
        }
        assertEquals(404, s3(ROOT, "HEAD", "/records/secret/smuggled", "").status());
    }

    @Test
    void aForgedXForwardedFor() throws Exception {
        String from =
                "{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\",\"Resource\":\"*\",\"Condition\":"
                        + "{\"IpAddress\":{\"acs:SourceIp\":\"%s\"}}}";
        AccessKey office = person("office", from.formatted("203.0.113.0/24"));
        AccessKey here = person("here", from.formatted("127.0.0.0/8"));
        for (String line :
                List.of(
                        "X-Forwarded-For: 203.0.113.9",
                        "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
                        "Forwarded: for=203.0.113.9",
                        "X-Real-IP: 203.0.113.9",
                        "True-Client-IP: 203.0.113.9",
                        "CF-Connecting-IP: 203.0.113.9")) {
            Answer forged =
                    send(signedS3(office, Instant.now(), "", plain("GET", SECRET)), "", line);
            assertEquals(403, forged.status(), line);
            Answer own = send(signedS3(here, Instant.now(), "", plain("GET", SECRET)), "", line);
            assertEquals(200, own.status(), line);
        }
    }

    @Test
    void aSlowAppendHoldsNothingUpAndAddsNothing() throws Exception {
        String target = OWN + "slow?append&position=0";
        String request =
                wire(
                        signedOss(session, Instant.now(), plain("POST", target)),
                        "",
                        "Content-Length: 100000");
        try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(utf8(request + "a".repeat(60_000)));
            assertEquals(
                    200, oss(session, "POST", target, "quick").status(), "it waits for nobody");
            socket.getOutputStream().write(utf8("a".repeat(40_000)));
            assertEquals(409, answer(socket).status());
        }
        assertEquals("quick", s3(session, "GET", OWN + "slow", "").body());
    }

    @Test
    void anOversizedChunk() throws Exception {
        SignedRequest request =
                plain(
                        "PUT",
                        OWN + "chunk",
                        "x-amz-decoded-content-length",
                        "5",
                        "content-encoding",
                        "aws-chunked");
        SignedRequest good =
                request.with(
                        new SigV4Signer(session, "local", "s3")
                                .sign(
                                        request,
                                        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                                        Instant.now()));
        for (String body :
                List.of(
                        "6\r\nhello!\r\n0\r\n\r\n",
                        "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "-5\r\nhello\r\n0\r\n\r\n",
                        "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
                        "5;" + "x".repeat(100_000) + "\r\nhello\r\n0\r\n\r\n")) {
            refused(send(good, body), body.substring(0, Math.min(40, body.length())));
        }
        SignedRequest plain =
                signedS3(session, Instant.now(), "hello", plain("PUT", OWN + "chunk"));
        for (String body :
                List.of(
                        "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                        "5;" + "x".repeat(100_000) + "\r\nhello\r\n0\r\n\r\n")) {
            refused(
                    raw(wire(plain, body, "Transfer-Encoding: chunked")),
                    body.substring(0, Math.min(40, body.length())));
        }
        assertEquals(404, s3(ROOT, "HEAD", OWN + "chunk", "").status());
    }
}
