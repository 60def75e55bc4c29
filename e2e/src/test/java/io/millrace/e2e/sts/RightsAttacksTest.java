package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.access.Change;
import io.millrace.e2e.Clients;
import io.millrace.e2e.DeviceClient;
import io.millrace.signing.AccessKey;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.StsException;

/** Known attacks on what temporary credentials, roles, policies and devices may do. */
@Timeout(120)
class RightsAttacksTest extends AttackRig {
    @Test
    void aConfusedDeputyWithoutTheExternalId() throws Exception {
        String condition = ",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"customer-7\"}}";
        server.access
                .roles()
                .create(
                        "deputy",
                        TRUST.formatted("user/backend", condition),
                        Duration.ofHours(1),
                        List.of("objects"))
                .orThrow();
        AssumeRoleRequest role = role("deputy");
        try (StsClient sts =
                Clients.sts(server.endpoint(), server.backend.id(), server.backend.secret())) {
            assertEquals("AccessDenied", code(sts, role));
            for (String wrong : List.of("customer-8", "CUSTOMER-7", "customer-77", "customer*")) {
                String code = code(sts, role.toBuilder().externalId(wrong).build());
                assertTrue(List.of("AccessDenied", "ValidationError").contains(code), wrong);
            }
            sts.assumeRole(role.toBuilder().externalId("customer-7").build());
        }
        String form =
                "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A100000000000%3Arole%2Fdeputy"
                        + "&RoleSessionName=attack&ExternalId=customer-8&ExternalId=customer-7";
        SignedRequest twice =
                plain("POST", "/", "Content-Type", "application/x-www-form-urlencoded");
        AccessKey backend = new AccessKey(server.backend.id(), server.backend.secret());
        refused(
                send(
                        twice.with(
                                new SigV4Signer(backend, "local", "sts")
                                        .sign(
                                                twice,
                                                SigV4Signer.payloadHash(utf8(form)),
                                                Instant.now())),
                        form),
                "two external ids");
    }

    @Test
    void aChainOfRolesThatExtendsALifetime() {
        server.access
                .policies()
                .put(
                        "chain",
                        ALLOW.formatted(
                                "{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}"))
                .orThrow();
        String first = TRUST.formatted("user/backend", "");
        String link = TRUST.formatted("role/first", "");
        server.access
                .roles()
                .create("first", first, Duration.ofHours(1), List.of("chain"))
                .orThrow();
        server.access.roles().create("second", link, Duration.ofHours(12), List.of()).orThrow();
        try (StsClient backend =
                Clients.sts(server.endpoint(), server.backend.id(), server.backend.secret())) {
            var short15 =
                    backend.assumeRole(role("first").toBuilder().durationSeconds(900).build())
                            .credentials();
            try (StsClient sts =
                    sts(
                            new AccessKey(
                                    short15.accessKeyId(),
                                    short15.secretAccessKey(),
                                    short15.sessionToken()))) {
                assertEquals(
                        "ValidationError",
                        code(sts, role("second").toBuilder().durationSeconds(7200).build()));
                Instant end = sts.assumeRole(role("second")).credentials().expiration();
                assertEquals(short15.expiration(), end);
                assertEquals("AccessDenied", code(sts, role("first")), "a role trusts not itself");
            }
        }
    }

    @Test
    void aSessionPolicyWidenedThroughAnotherCall() throws Exception {
        String all = ALLOW.formatted("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}");
        try (StsClient sts = sts(session)) {
            assertEquals(
                    "AccessDenied", code(sts, role("uploader").toBuilder().policy(all).build()));
        }
        AccessKey wide = key(server.aws(all));
        assertEquals(403, s3(wide, "GET", "/", "").status());
        assertEquals(403, s3(wide, "DELETE", "/records", "").status());
        assertEquals(403, s3(wide, "GET", "/records?list-type=2", "").status());
        AccessKey mixed = new AccessKey(session.id(), session.secret(), wide.securityToken());
        refused(s3(mixed, "GET", SECRET, ""), "the other session's token");
        String link =
                new SigV4Signer(session, "local", "s3")
                        .presign(plain("GET", SECRET), Duration.ofMinutes(5), Instant.now());
        assertEquals(403, send(plain("GET", SECRET + "?" + link), "").status());
        String old =
                new OssSigner(session, "local")
                        .presignV1(plain("GET", SECRET), Instant.now().plusSeconds(60));
        assertEquals(403, send(plain("GET", SECRET + "?" + old), "").status());
    }

    @Test
    void namesThatLeaveAPrefix() throws Exception {
        for (String outside :
                List.of(
                        "cams/cam2/k",
                        "cams/cam10/k",
                        "cams/cam1",
                        "cams/cam1.",
                        "cams/cam1./k",
                        "cams/cam1%20/k",
                        "cams/cam1%00/k",
                        "cams/CAM1/k",
                        "Cams/cam1/k",
                        "cams//cam1/k",
                        "/cams/cam1/k",
                        "./cams/cam1/k",
                        "../records/cams/cam1/k",
                        "cams/./cam1/k",
                        "cams/x/../cam1/k",
                        "cams/x/%2e%2e/cam1/k",
                        "%2e%2e/records/cams/cam1/k",
                        "cams%252Fcam1%252Fk",
                        "cams/cam1%252Fk",
                        "cams%5Ccam1%5Ck",
                        "cams/cam1%5Ck",
                        "cams%c0%afcam1/k",
                        "cams/cam1%E2%88%95k",
                        "cams/%EF%BD%83am1/k",
                        "cams/%E2%80%8Bcam1/k",
                        "",
                        "?x-id=PutObject")) {
            refused(s3(session, "PUT", "/records/" + outside, "mine"), outside);
            refused(oss(session, "PUT", "/records/" + outside, "mine"), outside);
            refused(s3(session, "GET", "/records/" + outside, ""), outside);
        }
        // These are names below cams/cam1/ like any others, whatever they look like.
        for (String inside :
                List.of(
                        "../cam2/k",
                        "%2e%2e/cam2/k",
                        "..%2Fcam2%2Fk",
                        "%252e%252e/cam2/k",
                        "..%5Ccam2%5Ck",
                        "/../../cam2/k",
                        "k.",
                        "./k",
                        "%C3%A9",
                        "e%CC%81")) {
            Answer put = s3(session, "PUT", OWN + inside, inside);
            assertEquals(200, put.status(), inside + " -> " + put.text());
            assertEquals(inside, s3(session, "GET", OWN + inside, "").body());
        }
        AccessKey composed = key(server.aws(TrustFixture.only("cams/caf\u00e9")));
        refused(s3(composed, "PUT", "/records/cams/cafe%CC%81/k", "x"), "the other Unicode form");
        assertEquals(200, s3(composed, "PUT", "/records/cams/caf%C3%A9/k", "x").status());
        assertEquals(204, s3(ROOT, "DELETE", "/records/cams/caf%C3%A9/k", "").status());
    }

    @Test
    void anotherPrefixThroughCopyMultipartAndBatch() throws Exception {
        for (String source :
                List.of(
                        "/records/secret/k",
                        "records/secret/k",
                        "records%2Fsecret%2Fk",
                        "/records/cams%2Fcam2%2Fk",
                        "//records/secret/k",
                        "/records//secret/k",
                        "/records/secret/k?versionId=null")) {
            refused(s3(session, "PUT", OWN + "copy", "", "x-amz-copy-source", source), source);
            refused(oss(session, "PUT", OWN + "copy", "", "x-oss-copy-source", source), source);
        }
        assertEquals(200, s3(session, "PUT", OWN + "../cam2/k", "mine").status());
        for (String dots : List.of("..", "%2e%2e", "%2E.")) {
            String source = OWN + dots + "/cam2/k";
            Answer copied = s3(session, "PUT", OWN + "copy", "", "x-amz-copy-source", source);
            assertEquals(200, copied.status(), copied.text());
            assertEquals("mine", s3(session, "GET", OWN + "copy", "").body(), "a name, no path");
        }
        String begun =
                s3(ROOT, "POST", "/records/cams/cam2/big?uploads=", "").between("<UploadId>", "<");
        String own = s3(session, "POST", OWN + "big?uploads=", "").between("<UploadId>", "<");
        String part = "?partNumber=1&uploadId=";
        Answer put = s3(session, "PUT", OWN + "big" + part + own, "part");
        assertEquals(200, put.status(), put.text());
        refused(s3(session, "PUT", "/records/cams/cam2/big" + part + begun, "x"), "their upload");
        refused(s3(session, "PUT", OWN + "big" + part + begun, "x"), "their upload, our key");
        refused(
                s3(session, "PUT", "/records/cams/cam2/big" + part + own, "x"),
                "our upload, their key");
        refused(s3(session, "DELETE", OWN + "big?uploadId=" + begun, ""), "ending their upload");
        refused(s3(session, "GET", OWN + "big?uploadId=" + begun, ""), "reading their parts");
        for (String source : List.of("/records/secret/k", "/records/cams%2Fcam2%2Fk")) {
            refused(
                    s3(
                            session,
                            "PUT",
                            OWN + "big?partNumber=2&uploadId=" + own,
                            "",
                            "x-amz-copy-source",
                            source),
                    source);
        }
        String complete =
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>";
        refused(
                s3(session, "POST", "/records/secret/k?uploadId=" + own, complete),
                "our upload becomes their object");
        refused(s3(session, "POST", OWN + "big?uploadId=" + begun, complete), "their upload, ours");
        assertEquals(
                204, s3(ROOT, "DELETE", "/records/cams/cam2/big?uploadId=" + begun, "").status());
        assertEquals(
                204, s3(ROOT, "DELETE", "/records/cams/cam1/big?uploadId=" + own, "").status());

        AccessKey deleter =
                key(
                        server.aws(
                                ALLOW.formatted(
                                        "{\"Effect\":\"Allow\",\"Action\":\"oss:*\",\"Resource\":\"acs:oss:*:*:records/cams/cam1/*\"}")));
        for (String name : List.of("secret/k", "cams/cam2/k", "cams/cam1/../cam2/k", "/secret/k")) {
            String batch =
                    "<Delete><Object><Key>cams/cam1/none</Key></Object><Object><Key>"
                            + name
                            + "</Key></Object></Delete>";
            String digest =
                    Base64.getEncoder()
                            .encodeToString(MessageDigest.getInstance("MD5").digest(utf8(batch)));
            Answer s3 = s3(deleter, "POST", "/records?delete=", batch, "Content-MD5", digest);
            Answer oss = oss(deleter, "POST", "/records?delete", batch, "Content-MD5", digest);
            assertTrue(s3.status() < 500, s3.text());
            assertTrue(oss.status() < 500, oss.text());
        }
    }

    @Test
    void aDeviceNamedLikeAPattern() throws Exception {
        for (String id :
                List.of(
                        "*",
                        "cam*",
                        "cam?",
                        "${acs:userName}",
                        "..",
                        "cam1/",
                        "cam1/../cam2",
                        "")) {
            assertInstanceOf(
                    Change.Invalid.class,
                    server.access.devices().register(id, "records", "dev/", server.access.root()),
                    id);
            assertNotEquals(200, DeviceClient.token(server.endpoint(), id, "secret").status(), id);
        }
        List<String> prefixes = List.of("*/", "cams/*/", "cams/cam?/", "cams/${acs:userName}/");
        for (String prefix : prefixes) {
            var made =
                    server.access
                            .devices()
                            .register("star", "records", prefix, server.access.root());
            if (made instanceof Change.Invalid) {
                continue;
            }
            String secret =
                    DeviceClient.enrol(server.endpoint(), made.orThrow().code())
                            .body()
                            .path("deviceSecret")
                            .asText();
            AccessKey star = key(server.device("star", secret));
            for (String target :
                    List.of(
                            "/records/cams/cam2/k",
                            "/records/cams/cam3/k",
                            "/records/cams/star/k")) {
                assertEquals(403, s3(star, "PUT", target, "x").status(), prefix + " " + target);
                assertEquals(
                        403,
                        oss(star, "POST", target + "?append&position=0", "x").status(),
                        prefix);
            }
            server.access.devices().delete("star").orThrow();
        }
    }

    @Test
    void aDenyDodgedByCaseOrNotAction() throws Exception {
        String allow =
                "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",%s,"
                        + "\"Resource\":\"acs:oss:*:*:records/secret/*\"}";
        List<AccessKey> held =
                List.of(
                        person(
                                "upper",
                                allow.formatted(
                                        "\"Action\":[\"OSS:DELETEOBJECT\",\"oss:PUTOBJECT\"]")),
                        person(
                                "s3",
                                allow.formatted(
                                        "\"Action\":[\"s3:deleteobject\",\"S3:PutObject\"]")),
                        person("but", allow.formatted("\"NotAction\":\"OSS:getobject\"")));
        String batch = "<Delete><Object><Key>secret/k</Key></Object></Delete>";
        for (AccessKey by : held) {
            assertEquals("secret", s3(by, "GET", SECRET, "").body(), "reading is not denied");
            assertEquals(403, s3(by, "DELETE", SECRET, "").status());
            assertEquals(403, oss(by, "DELETE", SECRET, "").status());
            assertEquals(403, s3(by, "PUT", SECRET, "x").status());
            assertEquals(403, s3(by, "POST", SECRET + "?uploads=", "").status());
            assertEquals(403, oss(by, "POST", SECRET + "?append&position=6", "x").status());
            assertEquals(403, s3(by, "PUT", SECRET, "", "x-amz-copy-source", THEIRS).status());
            Answer all = s3(by, "POST", "/records?delete=", batch);
            assertFalse(all.text().contains("<Deleted>"), all.text());
        }
    }

    @Test
    void aPolicyWithDuplicateKeysOrTooLargeOrDeep() {
        String statement = "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}";
        List<String> bad =
                List.of(
                        ALLOW.formatted(
                                "{\"Effect\":\"Deny\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
                        ALLOW.formatted(
                                "{\"Effect\":\"Allow\",\"Action\":\"oss:GetObject\",\"Action\":\"*\",\"Resource\":\"*\"}"),
                        ALLOW.formatted(
                                "{\"effect\":\"Deny\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
                        "{\"Version\":\"1\",\"Statement\":[],\"Statement\":[" + statement + "]}",
                        ALLOW.formatted(statement) + "{}",
                        "{\"Version\":\"1\",\"Statement\":"
                                + "[".repeat(900)
                                + "]".repeat(900)
                                + "}",
                        ALLOW.formatted(statement) + " ".repeat(4000));
        try (StsClient sts =
                Clients.sts(server.endpoint(), server.backend.id(), server.backend.secret())) {
            for (String policy : bad) {
                StsException refused =
                        assertThrows(
                                StsException.class,
                                () ->
                                        sts.assumeRole(
                                                role("uploader").toBuilder()
                                                        .policy(policy)
                                                        .build()),
                                policy);
                assertEquals(400, refused.statusCode(), policy);
            }
        }
    }
}
