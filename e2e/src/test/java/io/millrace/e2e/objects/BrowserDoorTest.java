package io.millrace.e2e.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.buckets.CorsRule;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What browsers send: preflights and forms. */
@Timeout(300)
@Tag("realtime")
class BrowserDoorTest extends RawDoor {
    @Test
    void aBrowserIsToldWhatItMayDo() throws Exception {
        server.store()
                .buckets()
                .setCors(
                        "public",
                        List.of(
                                new CorsRule(
                                        null,
                                        List.of("https://*.example"),
                                        List.of("GET", "PUT", "POST"),
                                        List.of("*"),
                                        List.of("ETag", "x-oss-request-id"),
                                        60)));
        assertEquals(200, s3("PUT", "/public/page", utf8("hello")).statusCode());
        HttpResponse<String> preflight =
                send(
                        "OPTIONS",
                        "/public/page",
                        "Origin",
                        "https://a.example",
                        "Access-Control-Request-Method",
                        "PUT",
                        "Access-Control-Request-Headers",
                        "authorization, x-oss-date");
        assertEquals(200, preflight.statusCode());
        assertEquals(
                "https://a.example",
                preflight.headers().firstValue("Access-Control-Allow-Origin").orElseThrow());
        assertEquals(
                "authorization, x-oss-date",
                preflight.headers().firstValue("Access-Control-Allow-Headers").orElseThrow());
        assertEquals("60", preflight.headers().firstValue("Access-Control-Max-Age").orElseThrow());
        refused(
                403,
                "AccessForbidden",
                send(
                        "OPTIONS",
                        "/public/page",
                        "Origin",
                        "https://evil.test",
                        "Access-Control-Request-Method",
                        "PUT"));
        HttpResponse<String> actual = send("GET", "/public/page", "Origin", "https://a.example");
        assertEquals(
                "https://a.example",
                actual.headers().firstValue("Access-Control-Allow-Origin").orElseThrow());
        assertEquals(
                "ETag, x-oss-request-id",
                actual.headers().firstValue("Access-Control-Expose-Headers").orElseThrow());
        HttpResponse<String> missing = send("GET", "/public/absent", "Origin", "https://a.example");
        assertEquals(404, missing.statusCode());
        assertTrue(missing.headers().firstValue("Access-Control-Allow-Origin").isPresent());
        HttpResponse<String> other = send("GET", "/public/page", "Origin", "https://evil.test");
        assertFalse(other.headers().firstValue("Access-Control-Allow-Origin").isPresent());
    }

    private static String form(Map<String, String> fields, String fileName, String file) {
        StringBuilder form = new StringBuilder();
        fields.forEach(
                (name, value) ->
                        form.append("--bound\r\nContent-Disposition: form-data; name=\"")
                                .append(name)
                                .append("\"\r\n\r\n")
                                .append(value)
                                .append("\r\n"));
        return form.append("--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"")
                .append(fileName)
                .append("\"\r\nContent-Type: text/x-form\r\n\r\n")
                .append(file)
                .append("\r\n--bound--\r\n")
                .toString();
    }

    private static Map<String, String> ossForm(String conditions) throws Exception {
        String policy =
                "{\"expiration\":\"%s\",\"conditions\":[{\"bucket\":\"raw\"},%s]}"
                        .formatted(
                                Instant.now().plusSeconds(60).toString().substring(0, 19) + ".000Z",
                                conditions);
        String encoded = Base64.getEncoder().encodeToString(utf8(policy));
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(utf8(ObjectDoorFixture.SECRET), "HmacSHA1"));
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("OSSAccessKeyId", ObjectDoorFixture.KEY_ID);
        fields.put("policy", encoded);
        fields.put("Signature", Base64.getEncoder().encodeToString(mac.doFinal(utf8(encoded))));
        return fields;
    }

    @Test
    void aFormUploadsStraightFromABrowser() throws Exception {
        String type = "multipart/form-data; boundary=bound";
        Map<String, String> fields =
                ossForm("[\"starts-with\",\"$key\",\"form/\"],[\"content-length-range\",1,100]");
        fields.put("key", "form/${filename}");
        fields.put("success_action_status", "201");
        HttpResponse<String> created =
                send(
                        "POST",
                        "/raw",
                        utf8(form(fields, "dir/ä.txt", "hello")),
                        "Content-Type",
                        type);
        assertEquals(201, created.statusCode(), created.body());
        assertTrue(created.body().contains("<Key>form/ä.txt</Key>"), created.body());
        HttpResponse<String> got = s3("GET", "/raw/form/%C3%A4.txt");
        assertEquals("hello", got.body());
        assertEquals("text/x-form", got.headers().firstValue("Content-Type").orElseThrow());

        fields.put("key", "other/k");
        refused(
                403,
                "AccessDenied",
                send("POST", "/raw", utf8(form(fields, "a", "x")), "Content-Type", type));
        fields.put("key", "form/large");
        refused(
                400,
                "EntityTooLarge",
                send(
                        "POST",
                        "/raw",
                        utf8(form(fields, "a", "x".repeat(101))),
                        "Content-Type",
                        type));
        assertEquals(404, s3("HEAD", "/raw/form/large").statusCode());
        refused(
                400,
                "EntityTooSmall",
                send("POST", "/raw", utf8(form(fields, "a", "")), "Content-Type", type));
        fields.put("Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        refused(
                403,
                "SignatureDoesNotMatch",
                send("POST", "/raw", utf8(form(fields, "a", "x")), "Content-Type", type));
        refused(
                403,
                "AccessDenied",
                send(
                        "POST",
                        "/raw",
                        utf8(form(Map.of("key", "k"), "a", "x")),
                        "Content-Type",
                        type));
        assertEquals(404, s3("HEAD", "/raw/k-form").statusCode());
    }

    private static byte[] hmac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(utf8(text));
    }

    @Test
    void aFormInTheS3DialectUploadsToo() throws Exception {
        Instant now = Instant.now();
        String time = now.toString().substring(0, 19).replace("-", "").replace(":", "") + "Z";
        String scope = time.substring(0, 8) + "/local/s3/aws4_request";
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("key", "form/s3.txt");
        fields.put("x-amz-algorithm", "AWS4-HMAC-SHA256");
        fields.put("x-amz-credential", ObjectDoorFixture.KEY_ID + "/" + scope);
        fields.put("x-amz-date", time);
        fields.put("x-amz-meta-from", "form ü");
        String policy =
                "{\"expiration\":\"%s.000Z\",\"conditions\":[{\"bucket\":\"raw\"},"
                                .formatted(now.plusSeconds(60).toString().substring(0, 19))
                        + "{\"key\":\"form/s3.txt\"},{\"x-amz-meta-from\":\"form ü\"},"
                        + "{\"x-amz-algorithm\":\"AWS4-HMAC-SHA256\"},"
                        + "[\"starts-with\",\"$x-amz-credential\",\"\"],"
                        + "[\"starts-with\",\"$x-amz-date\",\"\"],"
                        + "[\"content-length-range\",1,10]]}";
        String encoded = Base64.getEncoder().encodeToString(utf8(policy));
        byte[] signingKey = utf8("AWS4" + ObjectDoorFixture.SECRET);
        for (String part : scope.split("/")) {
            signingKey = hmac(signingKey, part);
        }
        fields.put("policy", encoded);
        fields.put(
                "x-amz-signature", java.util.HexFormat.of().formatHex(hmac(signingKey, encoded)));
        String type = "multipart/form-data; boundary=bound";
        HttpResponse<String> stored =
                send("POST", "/raw", utf8(form(fields, "a", "hello")), "Content-Type", type);
        assertEquals(204, stored.statusCode(), stored.body());
        HttpResponse<String> got = s3("GET", "/raw/form/s3.txt");
        assertEquals("hello", got.body());
        // Text beyond ASCII comes back as one word of RFC 2047, as S3 has it.
        assertEquals(
                "=?UTF-8?B?Zm9ybSDDvA==?=",
                got.headers().firstValue("x-amz-meta-from").orElseThrow());
        refused(
                400,
                "EntityTooLarge",
                send("POST", "/raw", utf8(form(fields, "a", "hello world")), "Content-Type", type));
        fields.put("x-amz-meta-from", "elsewhere");
        refused(
                403,
                "AccessDenied",
                send("POST", "/raw", utf8(form(fields, "a", "hello")), "Content-Type", type));
    }

    @Test
    void aFormRedirectsWhereItSays() throws Exception {
        Map<String, String> fields =
                ossForm(
                        "[\"starts-with\",\"$key\",\"\"],[\"starts-with\",\"$success_action_redirect\",\"\"]");
        fields.put("key", "redirected");
        fields.put("success_action_redirect", "http://page.example/done?a=1");
        HttpResponse<String> answer =
                send(
                        "POST",
                        "/raw",
                        utf8(form(fields, "a", "x")),
                        "Content-Type",
                        "multipart/form-data; boundary=bound");
        assertEquals(303, answer.statusCode(), answer.body());
        assertTrue(
                answer.headers()
                        .firstValue("Location")
                        .orElseThrow()
                        .startsWith(
                                "http://page.example/done?a=1&bucket=raw&key=redirected&etag="));
    }
}
