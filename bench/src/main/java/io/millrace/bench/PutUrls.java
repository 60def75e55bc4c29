package io.millrace.bench;

import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Prints presigned PUT targets, one a line, for a load generator that can't sign by itself. */
public final class PutUrls {
    private PutUrls() {}

    /** Arguments: host:port, bucket, key id, secret, how many. */
    public static void main(String[] arguments) {
        if (arguments.length != 5) {
            throw new IllegalArgumentException("host:port bucket key-id secret count");
        }
        SigV4Signer signer =
                new SigV4Signer(new AccessKey(arguments[2], arguments[3]), "local", "s3");
        List<Map.Entry<String, String>> headers = List.of(Map.entry("Host", arguments[0]));
        Instant now = Instant.now();
        PrintStream out =
                new PrintStream(
                        new BufferedOutputStream(System.out, 1 << 16),
                        false,
                        StandardCharsets.UTF_8);
        for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
            String path = "/" + arguments[1] + "/bench/%02x/%06d".formatted(i & 0xFF, i);
            SignedRequest request = new SignedRequest("PUT", path, "", headers);
            out.println(path + "?" + signer.presign(request, Duration.ofDays(1), now));
        }
        out.flush();
    }
}
