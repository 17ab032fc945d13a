package systems.net;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.loop.Loop;

/** What the packages may know of each other, and of the world. */
@Tag("given")
class ArchitectureTest {
  /** The module's own classes, from where they were loaded; not those of the tests. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importUrl(Loop.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void dependenciesPointOneWay() {
    slices().matching("systems.net.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void aProtocolDoesNoInputOrOutput() {
    noClasses()
        .that()
        .resideInAnyPackage("systems.net.http", "systems.net.promise", "systems.net.balance")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.channels.SocketChannel")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.Socket")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.channels.Selector")
        .check(CLASSES);
  }

  @Test
  void whatIsSimulatedAsksItsLoopForTheTime() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "systems.net.http", "systems.net.promise", "systems.net.client", "systems.net.balance")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .check(CLASSES);
  }

  @Test
  void nettyIsBehindTheEngineAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("systems.net.engine", "systems.net.tool")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(CLASSES);
  }
}
