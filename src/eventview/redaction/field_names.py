"""Entity types by the names of fields, in several languages.

A name is split into words, in any usual spelling: `apiKey`, `api_key`, `X-Api-Key`, `apikey`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from eventview.redaction.patterns import EntityType

FIELDS: Final[Mapping[str, EntityType]] = {
    name: kind
    for kind, names in {
        EntityType.USER: "$user_id user_id userId userID userUuid userUUID "
        "user_uuid $name $first_name $last_name",
        EntityType.PHONE: "$phone",
        EntityType.VISITOR: (
            "distinct_id distinctId anonymous_id anonymousId anonymousID $anonymous_id"
        ),
        EntityType.DEVICE: "$device_id device_id deviceId deviceID",
        EntityType.SESSION: "$session_id session_id sessionId sessionID",
        EntityType.PROJECT: "project_id projectId projectID project_key projectKey",
        EntityType.EVENT: "event_id eventId",
        EntityType.ID: "issue_id issueId error_id errorId tenant_id tenantId tab_id tabId",
        EntityType.EMAIL: "$email email user_email userEmail",
        EntityType.BODY: "request_body requestBody response_body responseBody request_headers "
        "requestHeaders response_headers responseHeaders headers",
        EntityType.SECRET: "cookie cookies authorization Cookie Authorization",
    }.items()
    for name in names.split()
}
"""Fields of the servers and of trackers, at any level."""

FIGURES: Final = frozenset(
    {"CLS", "INP", "LCP", "TTFB", "Count", "Duration", "Rate", "lineNumber", "columnNumber"}
)
"""Fields of the servers' own JSON in texts; a number in them is never an identifier."""

_STRONG: Final[Mapping[str, EntityType]] = {
    word: kind
    for kind, words in {
        EntityType.SECRET: """
            password passwords passwd passphrase passcode pwd passwort passwoerter kennwort
            wachtwoord motdepasse mdp contrasena senha parola parole haslo losenord adgangskode
            salasana heslo jelszo sifre secret secrets geheim token jwt apikey accesskey secretkey
            privatekey publickey signingkey encryptionkey accountkey licensekey licencekey sshkey
            clientkey masterkey sharedkey sharedaccesskey authkey userkey sessionkey serverkey
            authorization authorisation credential credentials bearer csrf xsrf cookie cookies
            jsessionid phpsessid sessid sessionid aspxauth setcookie
            otp totp onetimecode onetimepassword authcode authenticationcode authorizationcode
            verificationcode verifycode securitycode accesscode logincode smscode confirmationcode
            pincode passkey recoverycode backupcode mfacode twofactorcode tan pinnummer
            cvv cvv2 cvc cvc2 csc pruefziffer kartenpruefnummer
            pesel sid
        """,
        EntityType.CARD: """
            cardnumber cardno cardnum cardnr creditcard debitcard creditcardnumber ccnumber ccnum
            ccno kartennummer kreditkarte kreditkartennummer kreditkort kortnummer cartebancaire
            cartebleue numerocarte cartadicredito numerodetarjeta numerotarjeta tarjetadecredito
            cartaodecredito numerodocartao creditcardno creditkaart kaartnummer kartakredytowa
        """,
        EntityType.IBAN: """
            iban bic swift kontonummer bankaccount bankaccountnumber accountnumber accountno
            accountnr acctno acctnumber routingnumber sortcode bankleitzahl blz numerodecuenta
            numerodecompte numerodeconta rekeningnummer numerkonta bankverbindung
        """,
        EntityType.PHONE: """
            telnational tellocal
            phone phones phonenumber phoneno telephone telephonenumber telephoneno cellphone
            mobilephone mobilenumber mobileno cellnumber msisdn landline fax faxnumber telefon
            telefonnummer telefonnr telefone telefono telefoon telefoonnummer telefax handynummer
            handynr mobilnummer mobiltelefon mobilfunk rufnummer festnetz telephoneportable
            numerodetelephone portablenumber celular telemovel cellulare telefonino
            numerodetelefono numerotelefonu numertelefonu komorka gsm puhelin puhelinnumero
            tlf telnr telno phonenr
        """,
        EntityType.EMAIL: """
            email emails mailaddress emailaddress emailadresse mailadresse courriel
            correoelectronico adresseemail adressemail epost epostadress
        """,
        EntityType.USER: """
            username userlogin loginname loginid benutzername nutzername benutzerkennung
            nomutilisateur nomdutilisateur nombredeusuario nombreusuario nomeutente nomeusuario
            nomedeusuario gebruikersnaam anvandarnamn nazwauzytkownika screenname nickname
            displayname pseudonym userhandle twitterhandle instagramhandle
        """,
        EntityType.NAME: """
            additionalname ccname
            firstname lastname surname givenname familyname middlename maidenname fullname
            forename fname lname birthname contactname customername clientname recipientname
            sendername cardholder cardholdername accountholder nameoncard ownername holdername
            billingname shippingname legalname buyername guestname patientname employeename
            passengername payername payeename personname
            vorname nachname familienname zuname vollname geburtsname karteninhaber kontoinhaber
            prenom nomdefamille nomcomplet apellido apellidos primerapellido nombrecompleto
            cognome nomecompleto sobrenome primeironome ultimonome apelido voornaam achternaam
            fornamn efternamn fornavn efternavn etternavn nazwisko imie imienazwisko etunimi
            sukunimi prijmeni jmeno ansprechpartner
        """,
        EntityType.PERSONAL: """
            ssn socialsecurity socialsecuritynumber nationalid nationalidnumber identitycard
            idcard idcardnumber taxid taxnumber taxidnumber vatid vatnumber vatno vatnr ustid
            ustidnr umsatzsteuerid steuernummer steuerid sozialversicherungsnummer
            versichertennummer codicefiscale partitaiva numerosecuritesociale nif nie dni cpf cnpj
            nip bsn burgerservicenummer personnummer fodselsnummer cprnummer nino
            nationalinsurance passport passportnumber passportno reisepass reisepassnummer
            personalausweis ausweisnummer passeport pasaporte passaporto passaporte paspoort
            paszport driverlicense driverslicense driverslicence drivinglicence drivinglicense
            fuehrerschein fuhrerschein licenseplate licenceplate numberplate kennzeichen
            bday
            dob birthday birthdate birth dateofbirth birthyear placeofbirth birthplace geburtsdatum
            geburtstag geburtsort geboren naissance datedenaissance datenaissance lieudenaissance
            nacimiento fechadenacimiento fechanacimiento nascita datadinascita nascimento
            datadenascimento datanascimento geboortedatum geboorte fodelsedatum fodselsdato
            urodzenia dataurodzenia syntymaaika
            street streetaddress streetname streetnumber housenumber houseno addressline
            addressline1 addressline2 homeaddress billingaddress shippingaddress deliveryaddress
            mailingaddress postaladdress postaddress zipcode postcode postalcode postal plz
            postleitzahl strasse strassenname hausnummer hausnr anschrift lieferadresse
            rechnungsadresse codepostal codigopostal codicepostale cep kodpocztowy postnummer
            irsz rue calle direccion indirizzo endereco adresse adres adress straat straatnaam
            huisnummer ulica gatuadress gata
            religion ethnicity nationality gender maritalstatus
        """,
        EntityType.PLACE: """
            ipaddress ipaddr ipadresse ipv4 ipv6 clientip remoteip userip sourceip xforwardedfor
            remoteaddr xrealip latitude longitude latlng latlon latlong geolocation gps
            geocoordinates coordinates breitengrad laengengrad
        """,
        EntityType.DEVICE: """
            imei imsi idfa idfv gaid meid udid androidid macaddress macaddr advertisingid
        """,
        EntityType.REFERENCE: """
            customernumber customerno clientnumber membernumber memberno ordernumber orderno
            invoicenumber invoiceno policynumber contractnumber trackingnumber bookingnumber
            bookingreference reservationnumber ticketnumber casenumber patientnumber
            employeenumber loyaltynumber kundennummer kundennr bestellnummer auftragsnummer
            rechnungsnummer vertragsnummer mitgliedsnummer numeroclient numerodeclient
            numerodecliente numerocliente klantnummer kundnummer numerklienta
        """,
    }.items()
    for word in words.split()
}  # fmt: skip
"""Entity types of words that decide wherever they stand in a name, run together or not.

Our own list of what forms call such fields in these languages, and HTML's autofill names of people,
telephones, cards, birthdays, addresses and passwords (https://html.spec.whatwg.org, 4.10.18.7)."""

_WEAK: Final[Mapping[str, EntityType]] = {
    word: kind
    for kind, words in {
        EntityType.SECRET: (
            "auth session pass pin code nonce signature clave chiave cle mfa 2fa sso"
        ),
        EntityType.CARD: "card pan cc karte carte tarjeta carta cartao",
        EntityType.IBAN: "konto acct compte cuenta conta rekening",
        EntityType.PHONE: "tel mobile cell handy mobil movil portable whatsapp",
        EntityType.EMAIL: "mail correo",
        EntityType.USER: """
            user login nick customer recipient patient employee beneficiary benutzer nutzer kunde
            utilisateur usuario utente gebruiker uzytkownik anvandare bruger bruker
        """,
        EntityType.NAME: "nombre nom nome naam namn navn",
        EntityType.PERSONAL: "address addr zip vat tin tax ausweis birthplace",
        EntityType.PLACE: "ip lat lng lon geo coords city town ort stadt ville ciudad cidade",
        EntityType.DEVICE: "mac",
    }.items()
    for word in words.split()
}
"""Entity types of words that decide only if all other words of the name are modifiers; our own
list."""

_MODIFIERS: Final = frozenset(
    {
        "a", "account", "admin", "again", "alt", "alternative", "altes", "an", "and", "api", "bank",
        "billing", "business", "buyer", "choose", "client", "code", "company", "confirm",
        "confirmation", "confirmed", "contact", "credit", "current", "customer", "da", "de",
        "debit", "del", "delivery", "di", "du", "emergency", "encrypted", "enter", "et", "field",
        "first", "for", "full", "guest", "hash", "holder", "home", "id", "input", "is", "kunden",
        "la", "last", "le", "line", "login", "main", "masked", "member", "middleware", "my", "neu",
        "neues", "new", "no", "nouveau", "nouvelle", "nova", "novo", "nowe", "nr", "nuevo", "num",
        "number", "numer", "numero", "nummer", "of", "old", "optional", "other", "owner", "payer",
        "payment", "people", "person", "personal", "plain", "please", "primary", "private",
        "profile", "raw", "recipient", "repeat", "required", "secondary", "sender", "shipping",
        "sms", "text", "the", "token", "und", "user", "value", "verify", "work", "x", "your",
    }
)  # fmt: skip
"""Words that do not change the meaning of their neighbours."""

_NEUTRAL: Final = frozenset(
    {
        "agent", "attempts", "available", "banner", "brand", "button", "changed", "click", "clicks",
        "consent", "count", "counter", "counts", "disabled", "duration", "enabled", "error",
        "errors", "exists", "expire", "expired", "expires", "expiry", "form", "format", "hidden",
        "hint", "index", "kind", "label", "len", "length", "level", "limit", "limits", "max",
        "method", "methods", "min", "missed", "missing", "mode", "network", "opened", "option",
        "options", "page", "placeholder", "policy", "preference", "preferences", "present",
        "provider", "rank", "required", "reset", "retries", "role", "roles", "rule", "rules",
        "scheme", "score", "section", "settings", "shown", "size", "state", "status", "strength",
        "subject", "tab", "template", "time", "timeout", "title", "total", "ttl", "type", "types",
        "usage", "used", "valid", "validation", "validity", "verification", "verified", "version",
        "visibility", "visible",
    }
)  # fmt: skip
"""Last words of names that describe a value and do not hold it: `card_type`."""

_PERSONS: Final = frozenset(
    {
        "account", "agent", "attendee", "author", "benutzer", "billing", "buyer", "cardholder",
        "client", "cliente", "contact", "customer", "employee", "gebruiker", "guest", "holder",
        "klant", "klient", "kunde", "member", "owner", "passenger", "patient", "person", "profile",
        "recipient", "seller", "sender", "shipping", "student", "traveller", "user", "usuario",
        "utente", "utilisateur",
    }
)  # fmt: skip
"""Objects whose `name` is a person's."""

_NUMBER_WORDS: Final = frozenset({"id", "no", "nr", "number", "num", "nummer", "numero"})
_LONGEST_NAME: Final = 80
_MOST_JOINED: Final = 5
"""Words of the longest term that is looked up as one: `mot_de_passe`, `date_of_birth`."""

_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe",
     "Ł": "L", "Ø": "O", "Æ": "AE"}
)  # fmt: skip
_NAME_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_OTHER_SCRIPTS: Final[Mapping[str, EntityType]] = {
    word: kind
    for kind, words in {
        EntityType.SECRET: (
            "пароль токен κωδικος 密码 密碼 口令 パスワード 暗証番号 비밀번호 암호 סיסמה"
        ),
        EntityType.PHONE: "телефон τηλεφωνο 电话 電話 手机 手機 携帯 전화 휴대폰 هاتف טלפון",
        EntityType.EMAIL: "почта 邮箱 邮件 メール 이메일",
        EntityType.NAME: (
            "имя фамилия отчество ονομα επωνυμο 姓名 名字 氏名 名前 お名前 이름 성명 الاسم"
        ),
        EntityType.PERSONAL: (
            "адрес улица рождения διευθυνση 地址 住所 주소 身份证 郵便番号 生年月日"
        ),
        EntityType.CARD: "карты 卡号 カード番号 카드번호",
        EntityType.USER: "логин 用户名 ユーザー名 아이디",
    }.items()
    for word in words.split()
}  # fmt: skip


def kind_in_json(name: object, parent: str = "") -> EntityType | None:
    """Return what a field of JSON holds, by its name; None if the name does not say.

    Args:
        name: the field's name.
        parent: the name of the field that holds the object; "" for none.
    """
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        return None
    kind = _find_kind(name)
    if kind is None and name.lower() == "name" and _is_person(parent):
        return EntityType.NAME
    return kind


def kind_in_text(words: str) -> EntityType | None:
    """Return what the words before a colon announce, taken as one term: `api key`."""
    return _STRONG.get("".join(_split_words(words)))


@lru_cache(maxsize=1024)
def _is_person(name: str) -> bool:
    words = _split_words(name)
    return bool(words) and (words[-1] in _PERSONS or words[-1].removesuffix("s") in _PERSONS)


def _split_words(name: str) -> list[str]:
    """Return the words of a name in lower case and without diacritics."""
    if not name.isascii():
        name = unicodedata.normalize("NFKD", name.translate(_LETTERS))
        name = "".join(letter for letter in name if not unicodedata.combining(letter))
    return [part.lower() for part in _NAME_PARTS.findall(name)]


@lru_cache(maxsize=4096)
def _find_kind(name: str) -> EntityType | None:
    if name in FIELDS:
        return FIELDS[name]
    words = _split_words(name)
    if not name.isascii():
        seen = "".join(words)
        for word, kind in _OTHER_SCRIPTS.items():
            # The name has lost its diacritics, so the word must lose them too.
            if "".join(_split_words(word)) in seen:
                return kind
    joined = _find_strong(words)
    parts = [part for word in words for part in _split_compound(word)]
    if not joined and parts != words:
        joined = _find_strong(parts)
    # `token_count` and `card_type` hold neither a token nor a card.
    if not parts or parts[-1] in _NEUTRAL or (joined and words[-1] in _NEUTRAL):
        return None
    if joined:
        return joined
    weak = [word for word in parts if word in _WEAK and word not in _MODIFIERS]
    weak = weak or [word for word in parts if word in _WEAK]
    rest = [word for word in parts if word not in _WEAK and not word.isdigit()]
    if weak and weak != ["code"] and _MODIFIERS.issuperset(rest):
        is_numbered = len(parts) > 1 and parts[-1] in _NUMBER_WORDS
        is_of_user = _WEAK[weak[0]] in {EntityType.USER, EntityType.SECRET} and weak[0] != "pin"
        # `customerNo` is a number of the customer and does not name them.
        return EntityType.REFERENCE if is_numbered and is_of_user else _WEAK[weak[0]]
    return EntityType.REFERENCE if len(words) > 1 and words[-1] == "id" else None


def _find_strong(words: Sequence[str]) -> EntityType | None:
    """Return the type of the longest run of words that is a strong term."""
    for length in range(min(_MOST_JOINED, len(words)), 0, -1):
        for start in range(len(words) - length, -1, -1):
            kind = _STRONG.get("".join(words[start : start + length]))
            if kind is not None:
                return kind
    return None


def _split_compound(word: str) -> Sequence[str]:
    """Split words that run together (`useremail`); any other word stays whole."""
    if word in _STRONG or word in _WEAK or word in _MODIFIERS or word in _NEUTRAL:
        return (word,)
    splits: list[Sequence[str] | None] = [()] + [None] * len(word)
    for end in range(2, len(word) + 1):
        for start in range(end - 1):
            before, part = splits[start], word[start:end]
            is_known = part in _STRONG or part in _WEAK or (
                len(part) > 1 and (part in _MODIFIERS or part in _NEUTRAL)
            )  # fmt: skip
            if before is not None and is_known and len(before) < 4:
                splits[end] = (*before, part)
                break
    return splits[-1] or (word,)
