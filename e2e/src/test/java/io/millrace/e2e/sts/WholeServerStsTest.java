package io.millrace.e2e.sts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.aliyuncs.sts.model.v20150401.GetCallerIdentityRequest;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.sts.StsClient;

/** The server that people start answers both vendors' STS clients on its object door. */
@Timeout(300)
class WholeServerStsTest {
    @TempDir Path directory;

    @Test
    void theRootKeyLearnsWhoItIsFromEitherClient() throws Exception {
        Path data = directory.resolve("data");
        try (MillraceServer server =
                MillraceServer.open(
                        Map.of(
                                "data", data.toString(),
                                "bind", "127.0.0.1",
                                "doors.object.port", "0",
                                "doors.console.port", "0",
                                "doors.edge.port", "0",
                                "doors.rtmp.port", "0",
                                "root-key", "ROOTID:ROOTSECRET"))) {
            String host = "127.0.0.1:" + server.objectPort();
            try (StsClient sts =
                    Clients.sts(URI.create("http://" + host), "ROOTID", "ROOTSECRET")) {
                assertEquals("arn:aws:iam::100000000000:root", sts.getCallerIdentity().arn());
            }
            GetCallerIdentityRequest request = new GetCallerIdentityRequest();
            request.setSysEndpoint(host);
            request.setSysProtocol(ProtocolType.HTTP);
            DefaultAcsClient client =
                    new DefaultAcsClient(
                            DefaultProfile.getProfile("cn-hangzhou", "ROOTID", "ROOTSECRET"));
            assertEquals("acs:ram::100000000000:root", client.getAcsResponse(request).getArn());
            try (var files = Files.walk(data)) {
                Path key =
                        files.filter(file -> file.getFileName().toString().contains("master"))
                                .findFirst()
                                .orElseThrow();
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
            }
            assertTrue(server.firstStart().isPresent());
        }
    }
}
