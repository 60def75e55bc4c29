package io.millrace.gateway.parse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class XmlReaderTest {
    private static XmlReader.Element parse(String xml) {
        return XmlReader.parse(xml.getBytes(StandardCharsets.UTF_8), "Delete");
    }

    private static void refused(String xml) {
        assertEquals(
                ErrorCode.MALFORMED_XML,
                assertThrows(GatewayException.class, () -> parse(xml), xml).code());
    }

    @Test
    void elementsTextsAndNamespacesAreRead() {
        XmlReader.Element root =
                parse(
                        "<?xml version=\"1.0\"?><Delete xmlns=\"urn:x\"><!-- c --><Quiet>true</Quiet>"
                                + "<Object><Key>a&amp;b&#x20;c</Key></Object>"
                                + "<Object><Key><![CDATA[<d>]]></Key></Object></Delete>");
        assertEquals("true", root.child("Quiet"));
        assertEquals(
                List.of("a&b c", "<d>"),
                root.all("Object").stream().map(o -> o.child("Key")).toList());
    }

    @Test
    void entitiesAndDtdsAreRefused() {
        refused("<!DOCTYPE Delete><Delete/>");
        refused("<!DOCTYPE d [<!ENTITY a \"x\">]><Delete>&a;</Delete>");
        refused("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Delete>&x;</Delete>");
        refused("<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><Delete>&b;</Delete>");
    }

    @Test
    void whatIsBrokenDeepOrOtherIsRefused() {
        refused("");
        refused("not xml");
        refused("<Delete>");
        refused("<Other/>");
        refused("<Delete>" + "<a>".repeat(20) + "</a>".repeat(20) + "</Delete>");
        refused("<Delete>&undefined;</Delete>");
    }
}
