package dev.perennial.client;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.google.protobuf.Message;
import dev.perennial.v1.Account;
import dev.perennial.v1.Change;
import dev.perennial.v1.Contact;
import dev.perennial.v1.Date;
import dev.perennial.v1.ErrorReason;
import dev.perennial.v1.Money;
import dev.perennial.v1.Offer;
import dev.perennial.v1.Opportunity;
import dev.perennial.v1.Resource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.Test;
import org.junit.function.ThrowingRunnable;

/** Money, days, names, labels and masks. */
public class TextsTest {
  private static Money money(String currency, long micros) {
    return Money.newBuilder().setCurrencyCode(currency).setMicros(micros).build();
  }

  private static void assertRefused(String text, String right, ThrowingRunnable parse) {
    ParseException refused = assertThrows(text, ParseException.class, parse);
    assertEquals(text, refused.getText());
    assertTrue(refused.getMessage(), refused.getMessage().contains(right));
  }

  @Test
  public void moneyIsWrittenAsTheCommandPrintsIt() {
    Map.of(
            "USD 50,000.00", money("USD", 50_000_000_000L),
            "USD -1,234.50", money("USD", -1_234_500_000),
            "USD 0.000001", money("USD", 1),
            "JPY 5,000", money("JPY", 5_000_000_000L),
            "JPY 0.5", money("JPY", 500_000),
            "KWD 1.250", money("KWD", 1_250_000),
            "EUR 9,223,372,036,854.775807", money("EUR", Long.MAX_VALUE),
            "EUR -9,223,372,036,854.775808", money("EUR", Long.MIN_VALUE))
        .forEach(
            (text, amount) -> {
              assertEquals(text, MoneyText.format(amount));
              assertEquals(amount, MoneyText.parse(text));
            });
    assertEquals("0.00", MoneyText.format(Money.getDefaultInstance()));
  }

  @Test
  public void moneyIsReadInEveryOrder() {
    Map.of(
            "EUR 1,250.50", money("EUR", 1_250_500_000),
            "1250.5 EUR", money("EUR", 1_250_500_000),
            "-USD 3", money("USD", -3_000_000),
            "USD -3", money("USD", -3_000_000),
            "-3 USD", money("USD", -3_000_000),
            "-usd3", money("USD", -3_000_000),
            " eur 0.000001 ", money("EUR", 1))
        .forEach((text, amount) -> assertEquals(text, amount, MoneyText.parse(text)));
  }

  @Test
  public void moneyIsNotGuessed() {
    for (String text :
        List.of(
            "12.50", "", "USD", "EURO 5", "EUR 1,25", "EUR 0,125", "EUR 1,2500", "EUR 1.250,50",
            "-USD -3", "EUR 1e3", "EUR .5", "EUR 1.")) {
      assertRefused(text, "commas only between groups of three", () -> MoneyText.parse(text));
    }
    assertRefused("EUR 1.0000001", "at most 6", () -> MoneyText.parse("EUR 1.0000001"));
    for (String text : List.of("EUR 9223372036854.775808", "-EUR 9223372036854.775809")) {
      assertRefused(text, "too much", () -> MoneyText.parse(text));
    }
  }

  @Test
  public void daysThereAndBack() {
    Date day = Days.parse("2024-02-29");
    assertEquals("2024-02-29", Days.format(day));
    assertEquals(LocalDate.of(2024, 2, 29), Days.toLocalDate(day));
    assertEquals(day, Days.fromLocalDate(LocalDate.of(2024, 2, 29)));
    assertEquals("", Days.format(Date.getDefaultInstance()));
    for (String text : List.of("2025-02-29", "2025-13-01", "2025-1-1", "1899-12-31", "")) {
      assertRefused(text, "2025-03-31", () -> Days.parse(text));
    }
  }

  @Test
  public void namesThereAndBack() {
    assertEquals(
        "{accounts=a, opportunities=o}", Names.parse("accounts/a/opportunities/o").toString());
    assertEquals(
        "products/p/capabilities/c", Names.format("products", "p", "capabilities", "c"));
    Map.of(
            "contacts/c", "accounts/{account}/contacts/{contact}",
            "accounts/a/nothing/n", "playbooks/{playbook}",
            "accounts/a/contacts", "accounts/{account}/contacts/{contact}",
            "", "accounts/{account}",
            "accounts/a/accounts/b", "accounts/{account}",
            "accounts/A", "is no id",
            "accounts/", "is no id",
            "accounts/-", "stands for every id")
        .forEach((name, right) -> assertRefused(name, right, () -> Names.parse(name)));
  }

  @Test
  public void labelsAreWhatPeopleSay() {
    assertEquals("Adoption review", Labels.of(Opportunity.Stage.ADOPTION_REVIEW));
    assertEquals(
        "Unspecified", Labels.of(Opportunity.ForecastCategory.FORECAST_CATEGORY_UNSPECIFIED));
    assertEquals("Request ID reused", Labels.of(ErrorReason.REQUEST_ID_REUSED));
    assertEquals("Unknown (17)", Labels.of(Opportunity.Stage.getDescriptor(), 17));
    assertEquals("Unknown", Labels.of(Opportunity.Stage.UNRECOGNIZED));
  }

  private static <T extends Message> void assertChanged(String paths, T before, T after) {
    assertEquals(paths, String.join(" ", Masks.changedPaths(before, after)));
  }

  @Test
  public void changedPaths() {
    Account account = Account.newBuilder().setNote("a").putLabels("tier", "a").build();
    assertChanged("", account, account);
    assertChanged(
        "display_name segment note",
        account,
        account.toBuilder().setNote("b").setSegment("s").setDisplayName("d").build());
    assertChanged(
        "labels.new labels.tier",
        account,
        account.toBuilder().putLabels("tier", "b").putLabels("new", "").build());
    assertChanged("labels.tier", account, account.toBuilder().clearLabels().build());
    assertChanged("labels", account, account.toBuilder().putLabels("a.b", "c").build());
    Contact contact = Contact.getDefaultInstance();
    assertChanged("needs", contact, contact.toBuilder().addNeeds("a").build());
    Offer offer = Offer.getDefaultInstance();
    assertChanged("auto_renew", offer, offer.toBuilder().setAutoRenew(false).build());
  }

  @Test
  public void changedPathsOfValuesAndOfWhatAnUpdateCannotChange() {
    Opportunity before = Opportunity.newBuilder().setForecastArr(money("USD", 1)).build();
    assertChanged(
        "forecast_arr next_step_date",
        before,
        before.toBuilder()
            .setForecastArr(money("USD", 2))
            .setNextStepDate(Days.parse("2025-01-01"))
            .build());
    assertChanged(
        "",
        before,
        before.toBuilder()
            .setName("n")
            .setEtag("e")
            .setStage(Opportunity.Stage.UPSELL)
            .addSubscriptions("s")
            .build());
    assertChanged("resource.account.note", noted("a"), noted("b"));
  }

  private static Change noted(String note) {
    Account account = Account.newBuilder().setNote(note).build();
    return Change.newBuilder().setResource(Resource.newBuilder().setAccount(account)).build();
  }
}
