package io.millrace.edge;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * The default certificate: self-signed, P-256, made anew at each start. RFC 5280 in DER by hand.
 */
record SelfSigned(KeyPair keys, X509Certificate certificate) {
    private static final byte[] ECDSA_SHA256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
    private static final byte[] COMMON_NAME = oid(0x55, 0x04, 0x03);
    private static final byte[] SUBJECT_ALT_NAME = oid(0x55, 0x1d, 0x11);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    static SelfSigned make(String name, Instant now) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            byte[] algorithm = der(0x30, ECDSA_SHA256);
            byte[] body = body(name, now, keys, algorithm);
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(body);
            byte[] whole = der(0x30, body, algorithm, der(0x03, new byte[] {0}, signature.sign()));
            return new SelfSigned(keys, read(whole));
        } catch (GeneralSecurityException e) {
            throw new EdgeException(
                    EdgeException.Code.CERTIFICATE, "cannot make the default certificate", e);
        }
    }

    private static byte[] body(String name, Instant now, KeyPair keys, byte[] algorithm) {
        byte[] serial = new byte[12];
        new SecureRandom().nextBytes(serial);
        serial[0] = (byte) (serial[0] & 0x3f | 0x40);
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        byte[] names = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, text))));
        byte[] validity =
                der(0x30, time(now.minusSeconds(86_400)), time(now.plusSeconds(825L * 86_400)));
        byte[] alternative = der(0x30, SUBJECT_ALT_NAME, der(0x04, der(0x30, der(0x82, text))));
        return der(
                0x30,
                der(0xa0, der(0x02, new byte[] {2})),
                der(0x02, serial),
                algorithm,
                names,
                validity,
                names,
                keys.getPublic().getEncoded(),
                der(0xa3, der(0x30, alternative)));
    }

    private static X509Certificate read(byte[] der) throws CertificateException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new java.io.ByteArrayInputStream(der));
    }

    private static byte[] time(Instant at) {
        return der(0x18, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] oid(int... bytes) {
        byte[] content = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        return der(0x06, content);
    }

    private static byte[] der(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length < 128) {
            out.write(length);
        } else if (length < 256) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        for (byte[] part : parts) {
            out.write(part, 0, part.length);
        }
        return out.toByteArray();
    }
}
