package io.millrace.edge;

import java.util.Base64;

/** Private keys in PEM, brought to PKCS #8, the one form that the TLS library reads. */
final class PrivateKeys {
    private static final byte[] RSA = {
        0x30,
        0x0d,
        0x06,
        0x09,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xf7,
        0x0d,
        0x01,
        0x01,
        0x01,
        0x05,
        0x00
    };

    private PrivateKeys() {}

    /**
     * PKCS #8 as it is; PKCS #1 ({@code BEGIN RSA PRIVATE KEY}) wrapped.
     *
     * @throws IllegalArgumentException for other forms, with the command that converts them
     */
    static String pkcs8(String pem) {
        if (pem.contains("-----BEGIN PRIVATE KEY-----")) {
            return pem;
        }
        String begin = "-----BEGIN RSA PRIVATE KEY-----";
        int at = pem.indexOf(begin);
        int end = pem.indexOf("-----END RSA PRIVATE KEY-----");
        if (at < 0 || end < at) {
            throw new IllegalArgumentException(
                    "the private key must be PKCS #8: openssl pkcs8 -topk8 -nocrypt -in key.pem");
        }
        byte[] key = Base64.getMimeDecoder().decode(pem.substring(at + begin.length(), end));
        byte[] octets = tagged(0x04, key);
        byte[] body = new byte[3 + RSA.length + octets.length];
        body[0] = 0x02;
        body[1] = 0x01;
        System.arraycopy(RSA, 0, body, 3, RSA.length);
        System.arraycopy(octets, 0, body, 3 + RSA.length, octets.length);
        String text =
                Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(tagged(0x30, body));
        return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
    }

    private static byte[] tagged(int tag, byte[] content) {
        byte[] out = new byte[4 + content.length];
        out[0] = (byte) tag;
        out[1] = (byte) 0x82;
        out[2] = (byte) (content.length >> 8);
        out[3] = (byte) content.length;
        System.arraycopy(content, 0, out, 4, content.length);
        return out;
    }
}
