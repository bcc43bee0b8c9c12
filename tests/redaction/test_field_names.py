"""Entity types by the words in names of fields, in several languages."""

from __future__ import annotations

from eventview.redaction.field_names import kind_in_json
from eventview.redaction.patterns import EntityType
from tests.tables import each_row

TELLING = [
    "password_confirmation", "passwordConfirm", "password2", "userpassword", "X-Api-Key",
    "api_key", "apikey", "apiKeyId", "private_key", "clientSecret", "access_token_secret",
    "refreshToken", "authToken", "x-auth-token", "jwt", "csrf", "xsrfToken",
    "csrfmiddlewaretoken", "__RequestVerificationToken", "Set-Cookie", "PHPSESSID",
    "connect.sid", "session", "sessionToken", "otp", "otp_code", "pinCode", "pin", "cvv",
    "cvv2", "card_cvc", "passwordHash", "secret_answer", "tel", "mobile", "telephone", "msisdn",
    "phone_number", "mobileNo", "cell_phone", "customerphone", "fax", "Telefonnummer",
    "numéro_de_téléphone", "telefon", "teléfono", "iban", "bankAccount", "account_number",
    "Kontonummer", "creditCardNumber", "cc", "pan", "card_no", "card.number",
    "número_de_tarjeta", "ssn", "vatId", "passport", "licensePlate", "dob", "birthday",
    "dateOfBirth", "geburtsdatum", "date_de_naissance", "data_urodzenia", "street", "Straße",
    "address", "home_address", "addressLine1", "zip", "zip_code", "plz", "código_postal",
    "ulica", "firstName", "firstname", "LASTNAME", "fullName", "nachname", "vorname", "prénom",
    "apellidos", "cognome", "sobrenome", "voornaam", "nazwisko", "efternamn", "cardholderName",
    "user", "userName", "username", "user.login", "login", "nickname", "benutzername", "kunde",
    "email", "useremail", "e-mail", "E-Mail-Adresse", "email_address", "customerId",
    "customer_no", "kundennummer", "lat", "lng", "ip", "ipAddress", "mac", "imei", "contraseña",
    "senha", "mot_de_passe", "hasło", "wachtwoord", "lösenord", "Passwort", "пароль", "手机号码",
    "パスワード",
]  # fmt: skip
SILENT = [
    "key", "keyboard", "monkey", "keyword", "tokens_used", "tokenType", "token_count", "pinned",
    "pinterest", "opinion", "shipping", "hotel", "hostel", "telemetry", "telescope",
    "passenger", "passed", "pass_rate", "compass", "author", "authored", "authority", "nickel",
    "country", "country_code", "currency_code", "state", "status", "statusCode", "code",
    "error_code", "promo_code", "barcode", "codec", "card_type", "card_title", "discard",
    "scorecard", "cardinal", "email_count", "session_count", "session_duration",
    "session_start", "user_role", "user_count", "userType", "user_agent", "userAgent",
    "username_length", "is_user_page", "login_method", "login_count", "cookieBanner",
    "cookie_consent", "phoneVerified", "mobile_app", "portable_charger", "id", "name", "title",
    "label", "product_name", "fileName", "event_name", "description", "zipped", "unzip", "spin",
    "map_pin", "addressed", "dressing", "page_number", "line_number", "number", "latency",
    "platform", "flat", "geometry", "machine", "macos", "ipad", "shipment", "location_count",
    "birthrate", "mailer", "casino", "nominal", "zoom", "variant", "sku", "price", "quantity",
    "amount", "total", "timestamp", "date", "step", "version", "public_url", "href",
]  # fmt: skip


@each_row("name", TELLING)
def test_a_name_is_judged_by_its_words(name: str) -> None:
    assert kind_in_json(name) is not None


@each_row("name", SILENT)
def test_a_word_that_only_looks_like_one_says_nothing(name: str) -> None:
    assert kind_in_json(name) is None


@each_row(
    ("name", "kind"),
    [
        ("otp_code", EntityType.SECRET),
        ("mobileNo", EntityType.PHONE),
        ("card_no", EntityType.CARD),
        ("Straße", EntityType.PERSONAL),
        ("customer_no", EntityType.REFERENCE),
        ("userName", EntityType.USER),
        ("prénom", EntityType.NAME),
        ("latitude", EntityType.PLACE),
    ],
)
def test_a_name_says_which_kind(name: str, kind: EntityType) -> None:
    assert kind_in_json(name) is kind


def test_a_name_is_somebodys_in_an_object_of_a_person_only() -> None:
    assert kind_in_json("name", "customer") is EntityType.NAME
    assert kind_in_json("name", "product") is None
